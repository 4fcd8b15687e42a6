package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights kept in 16 bits give, bit for bit, what the same numbers in 32 bits give: casting is exact and computing the same. */
class HalfPrecisionWeightsTest {
    /** A 16-bit form of a number. */
    enum Half {
        F16 {
            @Override
            short shorten(float value) {
                return Float.floatToFloat16(value);
            }

            @Override
            float widen(short bits) {
                return Float.float16ToFloat(bits);
            }
        },
        BF16 {
            @Override
            short shorten(float value) {
                return (short) (Float.floatToIntBits(value) >>> 16);
            }

            @Override
            float widen(short bits) {
                return Float.intBitsToFloat(bits << 16);
            }
        };

        abstract short shorten(float value);

        abstract float widen(short bits);
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Half.class)
    void shortWeightsGiveTheResultsOfTheirNumbers(Half half) throws IOException {
        Path shortFolder = rewrite(half, true);
        Path longFolder = rewrite(half, false);
        PackedCase single = PackedCase.golden("single");
        float[] expected = run(longFolder, single);
        assertSameBits("weights as " + half, expected, run(shortFolder, single));
        float[] unrounded = run(Golden.transformer(), single);
        assertTrue(Difference.largest(expected, unrounded) > 1e-5f, "rounding the weights is felt");
    }

    @Test
    void halvesSurviveTheRoundTrip() {
        for (Half half : Half.values()) {
            assertEquals(-1.5f, half.widen(half.shorten(-1.5f)));
        }
    }

    private static float[] run(Path transformer, PackedCase single) {
        try (GraphRunner runner =
                GraphRunner.open(FlipbookTransformer.build(transformer, NetworkForm.dense(ElementType.FLOAT)))) {
            return single.run(runner, Map.of());
        }
    }

    /** The golden model with weights rounded to a half type, kept in that type or in float32. */
    private Path rewrite(Half half, boolean keepShort) throws IOException {
        Path target = Files.createDirectories(folder.resolve(half + (keepShort ? "-short" : "-long")));
        Files.copy(Golden.transformer().resolve("config.json"), target.resolve("config.json"));
        List<String> entries = new ArrayList<>();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (WeightSource source = WeightSource.open(Golden.transformer())) {
            for (String name : source.names()) {
                WeightTensor tensor = source.tensor(name);
                int begin = data.size();
                data.writeBytes(rounded(source.bytes(tensor).toArray(ValueLayout.JAVA_FLOAT), half, keepShort));
                entries.add("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                        .formatted(name, keepShort ? half : "F32", tensor.sizes(), begin, data.size()));
            }
        }
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(
                target.resolve("model.safetensors"),
                file.putLong(header.length).put(header).put(data.toByteArray()).array());
        return target;
    }

    private static byte[] rounded(float[] values, Half half, boolean keepShort) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            short bits = half.shorten(value);
            if (keepShort) {
                bytes.putShort(bits);
            } else {
                bytes.putFloat(half.widen(bits));
            }
        }
        byte[] written = new byte[bytes.position()];
        bytes.flip().get(written);
        return written;
    }
}
