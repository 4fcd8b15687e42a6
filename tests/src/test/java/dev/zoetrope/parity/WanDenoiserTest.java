package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;
import static dev.zoetrope.parity.Difference.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.parity.WanTransformerParityTest.Call;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.model.Network;
import dev.zoetrope.runtime.model.wan.WanDenoiser;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wan's transformer as the sampler sees it: packed sequences of recorded calls. */
class WanDenoiserTest {
    private static final int SLOTS = 4;

    static List<Call> recordedCalls() {
        return WanTransformerParityTest.recordedCalls().stream()
                .filter(call -> call.stage().equals("transformer"))
                .toList();
    }

    /** A transformer's sessions, and a recorded call of it. */
    private record Setting(Call call, WanCase inputs, GraphRunner denoiser, GraphRunner texts)
            implements AutoCloseable {
        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // close() closes both
        static Setting open(Call call) {
            return new Setting(
                    call,
                    call.inputs(),
                    GraphRunner.open(WanTransformer.denoiser(call.transformer(), NetworkForm.cpu(SLOTS))),
                    GraphRunner.open(WanTransformer.keysAndValues(call.transformer(), ElementType.FLOAT)));
        }

        @MustBeClosed
        PackedSequence pack(PackedSegment... segments) {
            WanTransformerConfig config = inputs.config();
            return PackedSequence.pack(
                    List.of(segments),
                    new PackingOptions(
                            config.tokenNumbers(), config.textWidth(), SLOTS, false, config.conditionNumbers(), 2));
        }

        @MustBeClosed
        BoundDenoiser bind(PackedSequence sequence) {
            return new WanDenoiser(
                            Network.of(denoiser::session),
                            Network.of(texts::session),
                            inputs.config(),
                            inputs.paddedTokens())
                    .bind(sequence);
        }

        ClipLayout layout() {
            WanCase.Grid grid = inputs.grid();
            return ClipLayout.ofRun(grid.rows(), grid.columns(), grid.latents(), 16, 4);
        }

        TextEmbedding text() {
            return embedding(inputs.text());
        }

        /** Another text: the first states of the recorded one. */
        TextEmbedding otherText() {
            return embedding(inputs.text().rows(0, 3));
        }

        @Override
        public void close() {
            denoiser.close();
            texts.close();
        }
    }

    private static TextEmbedding embedding(HostTensor states) {
        float[] values = states.floats();
        MemorySegment segment = TensorMemory.floats(Arena.ofAuto(), values.length);
        segment.copyFrom(MemorySegment.ofArray(values));
        return TextEmbedding.of(segment, states.rows(), Math.toIntExact(states.size(1)));
    }

    private static void fill(PackedSequence sequence, int clip, WanCase recorded) {
        sequence.load(clip, MemorySegment.ofArray(recorded.latent().floats()));
        sequence.loadCondition(clip, MemorySegment.ofArray(recorded.condition().floats()));
    }

    private static void setTimesteps(PackedSequence sequence, int segment, WanCase recorded) {
        float[] timesteps = recorded.timestep().floats();
        for (int latent = 0; latent < timesteps.length; latent++) {
            sequence.setTimestep(segment, latent, timesteps[latent]);
        }
    }

    private static float[] velocity(PackedSequence sequence, int segment) {
        return sequence.velocityOf(segment).toArray(ValueLayout.JAVA_FLOAT);
    }

    @ParameterizedTest
    @MethodSource("recordedCalls")
    void guidanceIsTwoSegmentsOfOneClip(Call call) {
        try (Setting setting = Setting.open(call);
                PackedSequence pair = setting.pack(
                        new PackedSegment(setting.text(), setting.layout(), 0),
                        new PackedSegment(setting.otherText(), setting.layout(), 0));
                PackedSequence alone = setting.pack(new PackedSegment(setting.otherText(), setting.layout(), 0));
                BoundDenoiser boundPair = setting.bind(pair);
                BoundDenoiser boundAlone = setting.bind(alone)) {
            fill(pair, 0, setting.inputs());
            fill(alone, 0, setting.inputs());
            setTimesteps(pair, 0, setting.inputs());
            setTimesteps(pair, 1, setting.inputs());
            setTimesteps(alone, 0, setting.inputs());
            boundPair.run();
            boundAlone.run();
            assertNear("recorded text", call.expected(), velocity(pair, 0), Tolerance.GOLDEN);
            assertSameBits("other text", velocity(alone, 0), velocity(pair, 1));
            assertTrue(Difference.largest(call.expected(), velocity(pair, 1)) > 1e-3f, "the text is felt");
        }
    }

    /** Requests of different sizes and texts in one sequence: every node works row by row, or inside a segment. */
    @ParameterizedTest
    @MethodSource("recordedCalls")
    void packedEqualsSoloBitForBit(Call call) {
        try (Setting setting = Setting.open(call)) {
            ClipLayout whole = setting.layout();
            ClipLayout still = ClipLayout.ofRun(whole.rows(), whole.columns(), 1, 16, 4);
            WanCase start = firstLatent(setting.inputs(), still.tokens());
            try (PackedSequence both = setting.pack(
                            new PackedSegment(setting.otherText(), still, 0),
                            new PackedSegment(setting.text(), whole, 1));
                    PackedSequence alone = setting.pack(new PackedSegment(setting.otherText(), still, 0));
                    BoundDenoiser boundBoth = setting.bind(both);
                    BoundDenoiser boundAlone = setting.bind(alone)) {
                fill(both, 0, start);
                fill(both, 1, setting.inputs());
                fill(alone, 0, start);
                setTimesteps(both, 0, start);
                setTimesteps(both, 1, setting.inputs());
                setTimesteps(alone, 0, start);
                boundBoth.run();
                boundAlone.run();
                assertNear("whole clip", call.expected(), velocity(both, 1), Tolerance.GOLDEN);
                assertSameBits("still", velocity(alone, 0), velocity(both, 0));
            }
        }
    }

    /** A transformer that is cut where memory is short computes the same, also when it runs again. */
    @ParameterizedTest
    @MethodSource("recordedCalls")
    void partsGiveTheSameBits(Call call) {
        OnnxModel denoiser = WanTransformer.denoiser(call.transformer(), NetworkForm.cpu(SLOTS));
        OnnxModel texts = WanTransformer.keysAndValues(call.transformer(), ElementType.FLOAT);
        try (Setting setting = Setting.open(call);
                Parts velocityParts = Parts.of(denoiser, 3);
                Parts textParts = Parts.of(texts, 2);
                PackedSequence whole = setting.pack(new PackedSegment(setting.text(), setting.layout(), 0));
                PackedSequence parted = setting.pack(new PackedSegment(setting.text(), setting.layout(), 0));
                BoundDenoiser boundWhole = setting.bind(whole);
                BoundDenoiser boundParted = new WanDenoiser(
                                velocityParts.network(),
                                textParts.network(),
                                setting.inputs().config(),
                                setting.inputs().paddedTokens())
                        .bind(parted)) {
            for (PackedSequence sequence : List.of(whole, parted)) {
                fill(sequence, 0, setting.inputs());
                setTimesteps(sequence, 0, setting.inputs());
            }
            boundWhole.run();
            boundParted.run();
            assertSameBits("first run", velocity(whole, 0), velocity(parted, 0));
            parted.velocityOf(0).fill((byte) 0);
            boundParted.run();
            assertSameBits("second run", velocity(whole, 0), velocity(parted, 0));
        }
    }

    /** A graph cut into parts, each in a session of its own. */
    private record Parts(List<OnnxModel> graphs, List<GraphRunner> runners) implements AutoCloseable {
        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // close() closes them
        static Parts of(OnnxModel whole, int least) {
            List<OnnxModel> graphs = whole.parts(whole.loadedBytes() / (2L * least));
            assertTrue(graphs.size() >= least, graphs.size() + " parts");
            assertTrue(graphs.stream().allMatch(part -> part.loadedBytes() < whole.loadedBytes() / 2), "none is large");
            return new Parts(graphs, graphs.stream().map(GraphRunner::open).toList());
        }

        Network network() {
            List<Supplier<Session>> sessions = new ArrayList<>();
            runners.forEach(runner -> sessions.add(runner::session));
            return Network.of(graphs, sessions);
        }

        @Override
        public void close() {
            runners.forEach(GraphRunner::close);
        }
    }

    private static WanCase firstLatent(WanCase whole, int tokens) {
        return new WanCase(
                whole.config(),
                new WanCase.Grid(1, whole.grid().rows(), whole.grid().columns()),
                whole.latent().rows(0, tokens),
                whole.condition().rows(0, tokens),
                HostTensor.of(new float[] {500}, 1),
                whole.text(),
                whole.paddedTokens());
    }

    @ParameterizedTest
    @MethodSource("recordedCalls")
    void clipsLongerThanThePositionTablesAreRefused(Call call) {
        try (Setting setting = Setting.open(call)) {
            int limit = setting.inputs().config().longestAxis();
            ClipLayout tooLong = ClipLayout.ofRun(1, 1, limit + 1, 16, 4);
            try (PackedSequence sequence = setting.pack(new PackedSegment(setting.text(), tooLong, 0))) {
                RequestException refused = assertThrows(RequestException.class, () -> bindAndClose(setting, sequence));
                assertEquals(
                        "clip: expected at most " + limit + " latents, rows and columns of tokens, found " + (limit + 1)
                                + " latents of 1x1 tokens",
                        refused.getMessage());
            }
        }
    }

    private static void bindAndClose(Setting setting, PackedSequence sequence) {
        try (BoundDenoiser bound = setting.bind(sequence)) {
            bound.run();
        }
    }
}
