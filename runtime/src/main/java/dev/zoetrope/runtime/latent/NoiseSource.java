package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Standard normal noise for the latents of one clip. */
public sealed interface NoiseSource permits PhiloxNoise, TorchNoise {
    /** What noise is for: different purposes never share numbers. */
    enum Purpose {
        /** The latents a sampler starts from. */
        INITIAL(0),
        /** The noise that an ancestral sampler adds in a step. */
        STEP(1),
        /** The noise that weakens a reference. */
        REFERENCE(2);

        private final int code;

        Purpose(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** The default: counter-based, the same for a token whatever it was packed with. */
    static NoiseSource philox(long seed, int outputIndex) {
        return new PhiloxNoise(seed, outputIndex, 0);
    }

    /** The numbers of {@code torch.randn} on a CPU after {@code manual_seed(seed)}. */
    static NoiseSource torch(long seed) {
        return new TorchNoise(seed);
    }

    /**
     * Fills a clip's noise.
     *
     * @param step the sampler step that it is for; 0 for other purposes
     * @param target {@code [groups, rows, columns, channels]} of the layout
     */
    void fill(Purpose purpose, int step, ClipLayout layout, int channels, MemorySegment target);

    /** Writes what the next call of {@link #fill} depends on. */
    void writeState(DataOutput output) throws IOException;

    /** Goes on from what {@link #writeState} wrote. */
    void readState(DataInput input) throws IOException;
}
