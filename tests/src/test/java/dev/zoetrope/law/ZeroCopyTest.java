package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sampler and the network share memory: one address, no copy, no copying node. */
class ZeroCopyTest {
    @Test
    void theNetworkIsBoundToTheAddressesThatTheSamplerWrites() {
        try (TinyModel tiny = new TinyModel();
                LatentClip clip = LatentClip.create(ClipLayout.ofRun(4, 4, 3, 8, 4), 48, 8)) {
            Recorder recorder = new Recorder(tiny.model().denoiser());
            TextEmbedding prompt = tiny.model().textEncoder().encode("a red ball");
            ClipPlan plan = ClipPlan.of(clip, prompt, SigmaSchedule.linear(5), NoiseSource.philox(1, 0))
                    .withGuidance(2, TextEmbedding.empty(Arena.ofAuto(), prompt.width()));
            List<float[]> latents = new ArrayList<>();
            try (DenoiseLoop loop =
                    DenoiseLoop.open(recorder, List.of(plan), tiny.model().packing())) {
                loop.run(new DenoiseListener() {
                    @Override
                    public void step(int step, int steps, long elapsedNanos) {
                        PackedSequence sequence = loop.sequence();
                        if (sequence == null) {
                            return; // the last step unpacks
                        }
                        assertEquals(sequence.latent().address(), recorder.addresses.get("latent"));
                        assertEquals(sequence.sigma().address(), recorder.addresses.get("sigma"));
                        assertEquals(sequence.velocity().address(), recorder.addresses.get("velocity"));
                        assertEquals(sequence.latentOf(0).address(), recorder.addresses.get("latent"));
                        latents.add(sequence.latentOf(0).toArray(ValueLayout.JAVA_FLOAT));
                    }
                });
                assertEquals(0, loop.bytesCopied(), "bytes copied by steps");
                assertEquals(2 * clip.data().byteSize(), loop.bytesRepacked(), "in at the first step, out at the end");
            }
            assertEquals(1, recorder.binds, "bindings made for one layout");
            assertEquals(4, latents.size());
            assertFalse(java.util.Arrays.equals(latents.get(0), latents.get(1)), "a step changes the bound memory");
        }
    }

    @Test
    void theOptimisedGraphCopiesNothingAtItsEnds(@TempDir Path folder) throws Exception {
        Path optimised = folder.resolve("optimised.onnx");
        OnnxModel model = FlipbookTransformer.build(TinyModel.folder().resolve("transformer"), NetworkForm.cpu(16));
        SessionOptions options = SessionOptions.of("transformer")
                .withExternalDataFolder(model.weightFolder())
                .withOptimizedModelPath(optimised);
        try (Environment environment =
                        Environment.open(EnvironmentOptions.defaults().withIntraOpThreads(2));
                Session session = Session.open(environment, options, model.bytes())) {
            assertFalse(session.inputs().isEmpty());
        }
        String bytes = Files.readString(optimised, StandardCharsets.ISO_8859_1);
        // Operator types stand in the file as plain text; the first shows that the search would find one.
        assertTrue(bytes.contains("MultiHeadAttention"), "the optimised graph names its operators");
        assertFalse(bytes.contains("Memcpy"), "no Memcpy node in the optimised graph");
    }

    /** Notes what each binding is bound to. */
    private static final class Recorder implements Denoiser {
        private final Denoiser inner;
        private Map<String, Long> addresses = Map.of();
        private int binds;

        Recorder(Denoiser inner) {
            this.inner = inner;
        }

        @Override
        @SuppressWarnings("MustBeClosed") // handed on
        public BoundDenoiser bind(PackedSequence sequence) {
            BoundDenoiser bound = inner.bind(sequence);
            addresses = bound.boundAddresses();
            binds++;
            return bound;
        }
    }
}
