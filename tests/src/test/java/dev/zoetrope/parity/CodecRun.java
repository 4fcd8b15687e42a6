package dev.zoetrope.parity;

import dev.zoetrope.ffm.ort.ElementType;
import java.util.Map;
import java.util.random.RandomGenerator;

/** A run of the codec: hands the caches of each group to the next. */
final class CodecRun {
    static final int WIDE = 16;
    static final int CHANNELS = 48;
    private static final int TEMPORAL = 4;
    private static final int SPATIAL = 8;

    private final long wide;
    private final long channels;
    private final ElementType cacheType;
    private HostTensor feature;
    private HostTensor previousLatent;
    private HostTensor hidden;

    /** The start of a run. */
    CodecRun(long rows, long columns) {
        this(rows, columns, WIDE, CHANNELS);
    }

    /** The start of a run of a codec with {@code wide} channels in its caches. */
    CodecRun(long rows, long columns, long wide, long channels) {
        this(rows, columns, wide, channels, ElementType.FLOAT32);
    }

    /** The start of a run of graphs that compute in a type. */
    CodecRun(long rows, long columns, long wide, long channels, ElementType cacheType) {
        this.wide = wide;
        this.channels = channels;
        this.cacheType = cacheType;
        feature = HostTensor.zeros(cacheType, 1, wide, rows, columns);
        previousLatent = HostTensor.zeros(ElementType.FLOAT32, rows, columns, channels);
        hidden = HostTensor.zeros(cacheType, 1, wide, rows, columns);
    }

    /** The middle of a run, for decoding. */
    CodecRun(HostTensor previousLatent, HostTensor previousHidden) {
        this(previousLatent.size(0), previousLatent.size(1));
        this.previousLatent = previousLatent;
        this.hidden = previousHidden.reshaped(1, WIDE, previousLatent.size(0), previousLatent.size(1));
    }

    /** {@code [4, 3, height, width]} to {@code [rows, columns, channels]}. */
    HostTensor encode(GraphRunner encoder, HostTensor frames) {
        long rows = frames.size(2) / SPATIAL;
        long columns = frames.size(3) / SPATIAL;
        HostTensor latent = HostTensor.zeros(ElementType.FLOAT32, rows, columns, channels);
        HostTensor nextFeature = HostTensor.zeros(cacheType, 1, wide, rows, columns);
        encoder.run(
                Map.of("frames", frames, "previous_feature", feature),
                Map.of("latent", latent, "feature", nextFeature));
        feature = nextFeature;
        return latent;
    }

    /** {@code [rows, columns, channels]} to {@code [4, 3, height, width]}. */
    HostTensor decode(GraphRunner decoder, HostTensor latent) {
        return decode(
                decoder,
                latent,
                HostTensor.zeros(ElementType.FLOAT32, TEMPORAL, 3, SPATIAL * latent.size(0), SPATIAL * latent.size(1)));
    }

    /** {@code [rows, columns, channels]} to {@code [4, height, width, 3]} uint8. */
    HostTensor decodeBytes(GraphRunner decoder, HostTensor latent) {
        return decode(
                decoder,
                latent,
                HostTensor.zeros(ElementType.UINT8, TEMPORAL, SPATIAL * latent.size(0), SPATIAL * latent.size(1), 3));
    }

    private HostTensor decode(GraphRunner decoder, HostTensor latent, HostTensor frames) {
        HostTensor nextHidden = HostTensor.zeros(cacheType, 1, wide, latent.size(0), latent.size(1));
        decoder.run(
                Map.of("latent", latent, "previous_latent", previousLatent, "previous_hidden", hidden),
                Map.of("frames", frames, "hidden", nextHidden));
        previousLatent = latent;
        hidden = nextHidden;
        return frames;
    }

    HostTensor feature() {
        return feature;
    }

    HostTensor hidden() {
        return hidden;
    }

    /** The four frames of a group of a clip {@code [frames, 3, height, width]}; the first frame stands for four. */
    static HostTensor groupOf(HostTensor clip, int group) {
        if (group > 0) {
            return clip.rows(TEMPORAL * group - TEMPORAL + 1, TEMPORAL * group + 1);
        }
        float[] first = clip.rows(0, 1).floats();
        float[] repeated = new float[TEMPORAL * first.length];
        for (int i = 0; i < TEMPORAL; i++) {
            System.arraycopy(first, 0, repeated, i * first.length, first.length);
        }
        return HostTensor.of(repeated, TEMPORAL, clip.size(1), clip.size(2), clip.size(3));
    }

    /** One latent of {@code [groups, channels, rows, columns]} as {@code [rows, columns, channels]}. */
    static HostTensor latentOf(HostTensor latents, int group) {
        return latents.rows(group, group + 1)
                .reshaped(latents.size(1), latents.size(2), latents.size(3))
                .channelsLast();
    }

    /** Frames {@code [4, 3, height, width]} as bytes {@code [4, height, width, 3]}. */
    static byte[] rounded(HostTensor frames) {
        float[] values = frames.floats();
        int pixels = Math.toIntExact(frames.size(2) * frames.size(3));
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            int frame = i / (3 * pixels);
            int colour = i / pixels % 3;
            float limited = Math.clamp(values[i], -1f, 1f);
            bytes[(frame * pixels + i % pixels) * 3 + colour] = (byte) Math.rint((limited + 1) * 127.5f);
        }
        return bytes;
    }

    /** Random latents {@code [rows, columns, channels]}. */
    static HostTensor randomLatent(RandomGenerator random, int rows, int columns) {
        float[] values = new float[rows * columns * CHANNELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return HostTensor.of(values, rows, columns, CHANNELS);
    }
}
