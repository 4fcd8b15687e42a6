package dev.zoetrope.runtime.model;

import dev.zoetrope.graph.model.flipbook.CodecConfig;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import dev.zoetrope.runtime.decode.LatentProjection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of flipbook's decoder that is linear in one latent: its frames are principal components, to which convolutions
 * add the rest ({@code onnx-graphs/training/flipbook/codec.py}, {@code decode_group}). So the factors of a preview need
 * not be fitted: they lie among the codec's weights. Read when first asked for. Thread-safe.
 *
 * <p>Of the shipped model's last previews the correlation with what the whole decoder makes of the same latents is 0.998
 * to 0.999, the mean difference 1.4 to 2.8 of 255 levels ({@code tests/benchmark/preview.sh}).
 */
final class LinearCodec implements Supplier<LatentProjection> {
    private static final int COLOURS = 3;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path codecFolder;
    private final CodecConfig config;
    private @Nullable LatentProjection projection;

    LinearCodec(Path codecFolder, CodecConfig config) {
        this.codecFolder = codecFolder;
        this.config = config;
    }

    @Override
    public synchronized LatentProjection get() {
        LatentProjection known = projection;
        if (known == null) {
            known = SessionSlot.translated(this::read);
            projection = known;
        }
        return known;
    }

    /** Of a latent's frames the last: of a run's first latent the others do not count. */
    private LatentProjection read() {
        int channels = config.latentChannels();
        int side = config.spatial();
        int numbers = config.temporal() * COLOURS * side * side;
        try (WeightSource source = WeightSource.open(codecFolder)) {
            WeightScope weights = WeightScope.root(source);
            float[] decode = values(source, weights.tensor("pca_decode", numbers, channels));
            float[] mean = values(source, weights.tensor("pca_mean", numbers));
            float[] latentMean = values(source, weights.tensor("latent_mean", channels));
            float[] latentDeviation = values(source, weights.tensor("latent_std", channels));
            float[] factors = new float[side * side * COLOURS * channels];
            float[] offsets = new float[side * side * COLOURS];
            int frame = (config.temporal() - 1) * COLOURS * side * side;
            for (int colour = 0; colour < COLOURS; colour++) {
                for (int pixel = 0; pixel < side * side; pixel++) {
                    int from = frame + colour * side * side + pixel;
                    int to = pixel * COLOURS + colour;
                    double offset = mean[from];
                    for (int channel = 0; channel < channels; channel++) {
                        float factor = decode[from * channels + channel];
                        factors[to * channels + channel] = factor * latentDeviation[channel];
                        offset += factor * latentMean[channel];
                    }
                    offsets[to] = (float) offset;
                }
            }
            return LatentProjection.of(channels, side, factors, offsets);
        }
    }

    private static float[] values(WeightSource source, WeightTensor tensor) {
        MemorySegment bytes = source.bytes(tensor);
        float[] values =
                new float[Math.toIntExact(tensor.byteSize() / tensor.type().byteSize())];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.type()) {
                case FLOAT -> bytes.get(FLOAT, (long) i * Float.BYTES);
                case FLOAT16 -> Float.float16ToFloat(bytes.get(HALF, (long) i * Short.BYTES));
                case BFLOAT16 -> Float.intBitsToFloat(bytes.get(HALF, (long) i * Short.BYTES) << Short.SIZE);
                default -> throw new IllegalStateException("weight " + tensor.name() + ": no floating-point numbers");
            };
        }
        return values;
    }
}
