package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;

import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A folder that training has just written, against the networks it was written from: {@code model} and {@code reference.safetensors}
 * in the folder that {@value #VARIABLE} names. {@code train.py check} makes both.
 */
@EnabledIfEnvironmentVariable(named = ExportedModelTest.VARIABLE, matches = ".+")
class ExportedModelTest {
    /** Names the folder. */
    static final String VARIABLE = "ZOETROPE_TEST_EXPORT";

    private static final Path FOLDER = Path.of(System.getenv().getOrDefault(VARIABLE, "."));
    private static final Path MODEL = FOLDER.resolve("model");
    private static final Reference REFERENCE = new Reference(FOLDER.resolve("reference.safetensors"));

    @ParameterizedTest
    @ValueSource(strings = {"single", "packed", "shared"})
    void transformerEqualsPyTorch(String name) {
        PackedCase packed = PackedCase.of(REFERENCE, name);
        float[] expected =
                packed.comparable(REFERENCE.tensor(name + ".velocity").floats());
        try (GraphRunner graph =
                GraphRunner.open(FlipbookTransformer.build(MODEL.resolve("transformer"), NetworkForm.cpu(16)))) {
            float[] velocity = packed.comparable(packed.run(graph, Map.of("lengths", packed.slots())));
            assertNear(name, expected, velocity, tolerance(expected));
        }
    }

    @Test
    void codecEqualsPyTorch() {
        HostTensor frames = REFERENCE.tensor("codec13.frames");
        HostTensor latents = REFERENCE.tensor("codec13.latents");
        HostTensor decoded = REFERENCE.tensor("codec13.decoded");
        long wide = REFERENCE.tensor("codec13.group0.hidden").size(0);
        CodecRun run = new CodecRun(latents.size(2), latents.size(3), wide, latents.size(1));
        try (GraphRunner encoder = GraphRunner.open(FlipbookCodec.encoder(MODEL.resolve("vae")));
                GraphRunner decoder = GraphRunner.open(FlipbookCodec.decoder(MODEL.resolve("vae"), FrameForm.FLOAT))) {
            for (int group = 0; group < latents.rows(); group++) {
                HostTensor expected = CodecRun.latentOf(latents, group);
                HostTensor latent = run.encode(encoder, CodecRun.groupOf(frames, group));
                assertNear(
                        "latents of group " + group, expected.floats(), latent.floats(), tolerance(expected.floats()));
                float[] made = run.decode(decoder, expected)
                        .rows(group == 0 ? 3 : 0, 4)
                        .floats();
                int last = group * 4; // group 0 is frame 0 alone
                float[] shown =
                        decoded.rows(group == 0 ? 0 : last - 3, last + 1).floats();
                assertNear("frames of group " + group, shown, made, tolerance(shown));
            }
        }
    }

    /** Goldens are about 1; what a network makes after a few steps may be larger, and rounding grows with it. */
    private static float tolerance(float[] expected) {
        double squares = 0;
        for (float value : expected) {
            squares += (double) value * value;
        }
        return Tolerance.GOLDEN * (float) Math.max(1, Math.sqrt(squares / expected.length));
    }
}
