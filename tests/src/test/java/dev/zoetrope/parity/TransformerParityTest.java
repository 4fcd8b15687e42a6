package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;
import static dev.zoetrope.parity.Difference.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.ort.OrtException;
import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransformerParityTest {
    private static final int SLOTS = 16;

    @SuppressWarnings("NullAway.Init") // before all tests
    private GraphRunner split;

    @SuppressWarnings("NullAway.Init") // before all tests
    private GraphRunner masked;

    @SuppressWarnings("NullAway.Init") // before all tests
    private GraphRunner dense;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // after all tests
    void open() {
        split = GraphRunner.open(model(AttentionForm.SPLIT));
        masked = GraphRunner.open(model(AttentionForm.MASKED));
        dense = GraphRunner.open(model(AttentionForm.DENSE));
    }

    @AfterAll
    void close() {
        split.close();
        masked.close();
        dense.close();
    }

    /** One segment; five segments of varied sizes with references and a dropped prompt; two segments that share latent rows. */
    @ParameterizedTest
    @ValueSource(strings = {"single", "packed", "shared"})
    void splitAndMaskedFormsEqualPyTorch(String name) {
        PackedCase packed = PackedCase.golden(name);
        float[] expected = packed.comparable(Golden.tensor(name + ".velocity").floats());
        float[] splitVelocity = packed.comparable(packed.run(split, Map.of("lengths", packed.slots())));
        float[] maskedVelocity = packed.comparable(packed.run(masked, Map.of("attention_bias", packed.bias())));
        assertNear(name + " split", expected, splitVelocity, Tolerance.GOLDEN);
        assertNear(name + " masked", expected, maskedVelocity, Tolerance.GOLDEN);
        assertNear(name + " split against masked", maskedVelocity, splitVelocity, Tolerance.FORMS);
    }

    @Test
    void denseFormEqualsPyTorch() {
        PackedCase single = PackedCase.golden("single");
        float[] expected = Golden.tensor("single.velocity").floats();
        assertNear("single dense", expected, single.run(dense, Map.of()), Tolerance.GOLDEN);
    }

    /** Every node works row by row but attention, and that works segment by segment: nothing is left to round differently. */
    @Test
    void packedEqualsSoloBitForBit() {
        PackedCase packed = PackedCase.golden("packed");
        assertEquals(5, packed.lengths().size());
        assertEquals(5, packed.lengths().stream().distinct().count(), "segments of different sizes");
        float[] together = packed.run(split, Map.of("lengths", packed.slots()));
        for (int i = 0; i < packed.lengths().size(); i++) {
            PackedCase solo = packed.segment(i);
            float[] expected = packed.velocityOf(i, together);
            assertSameBits("segment " + i, solo.run(split, Map.of("lengths", solo.slots())), expected);
            assertSameBits("segment " + i + " dense", solo.run(dense, Map.of()), expected);
        }
    }

    @Test
    void emptySlotsChangeNothing() {
        PackedCase packed = PackedCase.golden("packed");
        assertSameBits(
                "scattered slots",
                packed.run(split, Map.of("lengths", packed.slots())),
                packed.run(split, Map.of("lengths", packed.scatteredSlots())));
    }

    @Test
    void segmentsDoNotSeeEachOther() {
        PackedCase packed = PackedCase.golden("packed");
        float[] before = packed.run(split, Map.of("lengths", packed.slots()));
        HostTensor text = packed.input("text");
        float[] changed = text.floats();
        changed[0] += 1; // the first token of the first segment's prompt
        Map<String, HostTensor> extra =
                Map.of("lengths", packed.slots(), "text", HostTensor.of(changed, text.rows(), text.size(1)));
        float[] after = packed.run(split, extra);
        assertTrue(Difference.largest(packed.velocityOf(0, before), packed.velocityOf(0, after)) > 1e-3f);
        for (int i = 1; i < packed.lengths().size(); i++) {
            assertSameBits("segment " + i, packed.velocityOf(i, before), packed.velocityOf(i, after));
        }
    }

    @Test
    void savedFilesOpenOnTheirOwn(@TempDir Path folder) {
        Path file = folder.resolve("transformer.onnx");
        model(AttentionForm.DENSE).save(file);
        PackedCase single = PackedCase.golden("single");
        try (GraphRunner saved = GraphRunner.open(file)) {
            assertSameBits("saved", single.run(dense, Map.of()), single.run(saved, Map.of()));
        }
    }

    /**
     * The variable-length form has no CPU kernel, so its numbers are not checked here. The library does accept the graph (operators,
     * types and shapes) up to the search for that kernel.
     */
    @Test
    @SuppressWarnings("MustBeClosed") // opening fails
    void variableLengthFormLacksOnlyTheKernel() {
        OnnxModel model = model(AttentionForm.VARLEN);
        OrtException refused = assertThrows(OrtException.class, () -> GraphRunner.open(model));
        assertTrue(refused.getMessage().contains("PackedMultiHeadAttention"), refused.getMessage());
        assertTrue(refused.getMessage().contains("NOT_IMPLEMENTED"), refused.getMessage());
    }

    private static OnnxModel model(AttentionForm form) {
        return FlipbookTransformer.build(Golden.transformer(), NetworkForm.of(form, SLOTS));
    }
}
