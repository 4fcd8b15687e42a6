package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The numbers of {@code torch.randn} on a CPU, drawn one clip after another as {@code [channels, groups, rows,
 * columns]} of the codec's cells: the layout in which diffusers draws a video's latents. Stateful, so it depends on the
 * order of calls: one source for each clip. Every purpose and step draws from the same stream.
 */
public final class TorchNoise implements NoiseSource {
    private final TorchGenerator generator;
    private final int patch;

    /** As {@code torch.Generator().manual_seed(seed)}, a token being a cell. */
    public TorchNoise(long seed) {
        this(seed, 1);
    }

    /**
     * The same for tokens of several cells.
     *
     * @param patch cells to a side of a token, which holds them in the order (channel, row, column)
     */
    TorchNoise(long seed, int patch) {
        generator = new TorchGenerator(seed);
        this.patch = patch;
    }

    @Override
    public void fill(Purpose purpose, int step, ClipLayout layout, int channels, MemorySegment target) {
        int numbers = Math.multiplyExact(layout.tokens(), channels);
        float[] drawn = new float[numbers];
        generator.normal(drawn);
        int columns = layout.columns() * patch;
        int rows = layout.groups().size() * layout.rows() * patch; // of all latents, one below the other
        int area = patch * patch;
        for (int i = 0; i < numbers; i++) {
            int column = i % columns;
            int row = i / columns % rows;
            int channel = i / columns / rows;
            long token = (long) (row / patch) * layout.columns() + column / patch;
            int place = channel * area + row % patch * patch + column % patch;
            target.setAtIndex(TensorMemory.FLOAT, token * channels + place, drawn[i]);
        }
    }

    @Override
    public void writeState(DataOutput output) throws IOException {
        generator.writeState(output);
    }

    @Override
    public void readState(DataInput input) throws IOException {
        generator.readState(input);
    }
}
