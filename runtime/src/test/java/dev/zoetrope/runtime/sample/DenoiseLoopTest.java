package dev.zoetrope.runtime.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DenoiseLoopTest {
    private static final int CHANNELS = 6;
    private static final int WIDTH = 3;
    private static final PackingOptions OPTIONS = new PackingOptions(CHANNELS, WIDTH, 16, false);

    private final Arena arena = Arena.ofConfined();
    private final List<LatentClip> clips = new ArrayList<>();
    private final GaussianDenoiser denoiser = new GaussianDenoiser();

    @AfterEach
    void free() {
        assertEquals(0, denoiser.openBindings, "bindings left open");
        clips.forEach(LatentClip::close);
        arena.close();
    }

    private TextEmbedding prompt(double mean) {
        return GaussianDenoiser.prompt(arena, WIDTH, (float) mean);
    }

    @SuppressWarnings("MustBeClosed") // free() closes it
    private LatentClip clip(ClipLayout layout) {
        LatentClip clip = LatentClip.create(layout, CHANNELS, 8);
        clips.add(clip);
        return clip;
    }

    private ClipPlan plan(ClipLayout layout, SigmaSchedule sigmas, long seed) {
        return ClipPlan.of(clip(layout), prompt(1.5), sigmas, NoiseSource.philox(seed, 0));
    }

    @MustBeClosed
    private DenoiseLoop open(ClipPlan... plans) {
        return DenoiseLoop.open(denoiser, List.of(plans), OPTIONS);
    }

    private float[] result(ClipPlan plan) {
        try (DenoiseLoop loop = open(plan)) {
            loop.run(DenoiseListener.NONE);
        }
        return data(plan);
    }

    private static float[] data(ClipPlan plan) {
        return plan.latents().data().toArray(TensorMemory.FLOAT);
    }

    /** Four clips of different size, length, sampler, guidance and number of steps. */
    private List<ClipPlan> mixed() {
        return List.of(
                plan(ClipLayout.ofRun(2, 3, 2, 8, 4), SigmaSchedule.linear(5), 1)
                        .withGuidance(3, prompt(0)),
                plan(ClipLayout.ofRun(1, 4, 3, 4, 4), SigmaSchedule.linear(3), 2)
                        .withSampler(SamplerKind.DPM_SOLVER_PLUS_PLUS),
                plan(ClipLayout.ofRun(3, 1, 1, 8, 4), SigmaSchedule.uniPcFlow(5, 3), 3)
                        .withSampler(SamplerKind.UNIPC)
                        .withGuidance(1.5, prompt(-1)),
                plan(ClipLayout.ofRun(2, 2, 4, 16, 4).withRole(0, TokenRole.REFERENCE), SigmaSchedule.linear(4), 4)
                        .withSampler(SamplerKind.DDPM));
    }

    @Test
    void packedClipsEqualTheSameClipsAlone() {
        List<float[]> alone = mixed().stream().map(this::result).toList();
        List<ClipPlan> together = mixed();
        try (DenoiseLoop loop = DenoiseLoop.open(denoiser, together, OPTIONS)) {
            loop.run(DenoiseListener.NONE);
            assertEquals(5, loop.stepsDone());
            assertEquals(0, loop.bytesCopied());
        }
        for (int i = 0; i < together.size(); i++) {
            assertArrayEquals(alone.get(i), data(together.get(i)), 0, "clip " + i);
        }
    }

    @Test
    void buffersAreBoundOnceAndNeverCopiedWhileStepping() {
        ClipPlan plan = plan(ClipLayout.ofRun(2, 3, 2, 8, 4), SigmaSchedule.linear(8), 1)
                .withSampler(SamplerKind.UNIPC)
                .withGuidance(2, prompt(0));
        long latentBytes = plan.latents().data().byteSize();
        try (DenoiseLoop loop = open(plan)) {
            loop.step();
            PackedSequence packed = Objects.requireNonNull(loop.sequence());
            float[] before = packed.latent().toArray(TensorMemory.FLOAT);
            loop.step();
            // The memory that is bound is the memory that the sampler wrote.
            assertFalse(Arrays.equals(before, packed.latent().toArray(TensorMemory.FLOAT)));
            loop.run(DenoiseListener.NONE);
            assertEquals(1, denoiser.bindings);
            assertEquals(1, denoiser.addresses.stream().distinct().count());
            assertEquals(8, denoiser.addresses.size());
            assertEquals(0, loop.bytesCopied());
            assertEquals(2 * latentBytes, loop.bytesRepacked()); // in once, out once
        }
    }

    @Test
    void aClipThatIsDoneLeaves() {
        List<ClipPlan> plans = mixed(); // 3, 4, 5 and 5 steps
        long bytes = plans.stream()
                .mapToLong(plan -> plan.latents().data().byteSize())
                .sum();
        long without3 = bytes - plans.get(1).latents().data().byteSize();
        long without4 = without3 - plans.get(3).latents().data().byteSize();
        try (DenoiseLoop loop = DenoiseLoop.open(denoiser, plans, OPTIONS)) {
            loop.run(DenoiseListener.NONE);
            assertEquals(3, denoiser.bindings);
            assertEquals(2 * (bytes + without3 + without4), loop.bytesRepacked());
        }
    }

    @Test
    void guidanceMovesThePredictionAwayFromTheOtherText() {
        // Velocities are linear in the mean here: u + 3 (c - u) is the velocity for the mean 0.5 + 3 (1.5 - 0.5).
        ClipLayout layout = ClipLayout.ofRun(2, 3, 2, 8, 4);
        float[] guided = result(plan(layout, SigmaSchedule.linear(10), 1).withGuidance(3, prompt(0.5)));
        float[] direct =
                result(ClipPlan.of(clip(layout), prompt(3.5), SigmaSchedule.linear(10), NoiseSource.philox(1, 0)));
        // Ten steps of f32 roundings near 10 (velocities times three).
        assertArrayEquals(direct, guided, 2e-5f);
    }

    @Test
    void guidanceOfOneNeedsNoSecondSegment() {
        ClipPlan plan = plan(ClipLayout.ofRun(2, 3, 2, 8, 4), SigmaSchedule.linear(3), 1);
        ClipPlan guided = plan(ClipLayout.ofRun(2, 3, 2, 8, 4), SigmaSchedule.linear(3), 1)
                .withGuidance(1, prompt(0));
        try (DenoiseLoop loop = open(guided)) {
            loop.step();
            assertEquals(1, Objects.requireNonNull(loop.sequence()).segments());
            loop.run(DenoiseListener.NONE);
        }
        assertArrayEquals(result(plan), data(guided), 0);
    }

    @ParameterizedTest
    @EnumSource(SamplerKind.class)
    void referencesKeepTheirBits(SamplerKind kind) {
        ClipLayout layout =
                ClipLayout.ofRun(2, 2, 4, 8, 4).withRole(0, TokenRole.REFERENCE).withRole(2, TokenRole.REFERENCE);
        ClipPlan plan = plan(layout, SigmaSchedule.linear(4), 1)
                .withSampler(kind)
                .withEta(kind == SamplerKind.DDIM ? 1 : 0)
                .withGuidance(2, prompt(0));
        Random random = new Random(8);
        MemorySegment data = plan.latents().data();
        for (int i = 0; i < TensorMemory.floatCount(data); i++) {
            data.setAtIndex(TensorMemory.FLOAT, i, random.nextFloat());
        }
        float[] given = data(plan);
        try (DenoiseLoop loop = open(plan)) {
            loop.step();
            float[] levels = Objects.requireNonNull(loop.sequence()).sigma().toArray(TensorMemory.FLOAT);
            assertArrayEquals(new float[] {0, 0, 1, 0, 1, 0, 0, 1, 0, 1}, levels); // text and references are clean
            loop.run(DenoiseListener.NONE);
        }
        float[] found = data(plan);
        int group = 4 * CHANNELS;
        for (int i = 0; i < given.length; i++) {
            boolean reference = i / group == 0 || i / group == 2;
            assertEquals(reference, given[i] == found[i], kind + ", element " + i);
        }
    }

    @Test
    void aWeakReferenceIsNoisedOnceAndHeld() {
        ClipLayout layout = ClipLayout.ofRun(20, 20, 2, 8, 4).withRole(0, TokenRole.REFERENCE);
        ClipPlan plan = plan(layout, SigmaSchedule.linear(4), 1).withHeldSigmas(List.of(0.25, 0.0));
        plan.latents().group(0).fill((byte) 0);
        try (DenoiseLoop loop = open(plan)) {
            loop.step();
            PackedSequence packed = Objects.requireNonNull(loop.sequence());
            assertArrayEquals(new float[] {0, 0.25f, 1}, packed.sigma().toArray(TensorMemory.FLOAT));
            loop.run(DenoiseListener.NONE);
        }
        double squares = 0;
        float[] held = plan.latents().group(0).toArray(TensorMemory.FLOAT);
        for (float value : held) {
            squares += (double) value * value;
        }
        // Noise of deviation 0.25 on zeros, 2,400 of them: five standard errors.
        assertEquals(0.25, Math.sqrt(squares / held.length), 5 * 0.25 / Math.sqrt(2.0 * held.length));
    }

    @Test
    void aScheduleFromTheMiddleStartsFromTheGivenClip() {
        ClipLayout layout = ClipLayout.ofRun(1, 2, 1, 8, 4);
        ClipPlan plan = plan(layout, SigmaSchedule.linear(1000).startingAt(0.01), 1);
        for (int i = 0; i < 2 * CHANNELS; i++) {
            plan.latents().data().setAtIndex(TensorMemory.FLOAT, i, i);
        }
        float[] found = result(plan);
        for (int i = 0; i < found.length; i++) {
            // Noise of deviation 0.01 goes in and most of it comes out again: the clip stays what it was.
            assertEquals(i, found[i], 0.15, "element " + i);
        }
    }

    private static byte[] state(DenoiseLoop loop) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            loop.writeState(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void resume(DenoiseLoop loop, byte[] state) {
        try {
            loop.readState(new DataInputStream(new ByteArrayInputStream(state)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ClipPlan resumable(SamplerKind kind, NoiseKind noise) {
        return ClipPlan.of(
                        clip(ClipLayout.ofRun(2, 3, 3, 8, 4).withRole(1, TokenRole.REFERENCE)),
                        prompt(1.5),
                        SigmaSchedule.linear(6),
                        noise.source(9, 0, 1))
                .withSampler(kind)
                .withEta(kind == SamplerKind.DDIM ? 0.7 : 0)
                .withGuidance(2, prompt(0.5));
    }

    @ParameterizedTest
    @EnumSource(SamplerKind.class)
    void everyStepCanBeResumedWithTheSameBits(SamplerKind kind) {
        for (NoiseKind noise : NoiseKind.values()) {
            List<byte[]> states = new ArrayList<>();
            ClipPlan whole = resumable(kind, noise);
            try (DenoiseLoop loop = open(whole)) {
                loop.run(new DenoiseListener() {
                    @Override
                    public void step(int step, int steps, long elapsedNanos) {
                        states.add(state(loop));
                    }
                });
            }
            assertEquals(6, states.size());
            for (int step = 0; step < states.size(); step++) {
                ClipPlan rest = resumable(kind, noise);
                try (DenoiseLoop loop = open(rest)) {
                    resume(loop, states.get(step));
                    assertEquals(step + 1, loop.stepsDone());
                    loop.run(DenoiseListener.NONE);
                }
                assertArrayEquals(data(whole), data(rest), 0, kind + ", " + noise + ", after step " + (step + 1));
            }
        }
    }

    @Test
    void theEstimateOfTheLastStepIsTheResultAndAskingForItChangesNothing() {
        ClipPlan watched = resumable(SamplerKind.FLOW_EULER, NoiseKind.PHILOX);
        ClipPlan unwatched = resumable(SamplerKind.FLOW_EULER, NoiseKind.PHILOX);
        List<float[]> estimates = new ArrayList<>();
        List<Integer> stepsAtEstimates = new ArrayList<>();
        try (DenoiseLoop loop = open(watched)) {
            loop.run(new DenoiseListener() {
                @Override
                public boolean wantsEstimate() {
                    return loop.stepsDone() % 2 == 1;
                }

                @Override
                public void estimated(float[] latent) {
                    estimates.add(latent);
                    stepsAtEstimates.add(loop.stepsDone());
                }
            });
        }
        try (DenoiseLoop loop = open(unwatched)) {
            loop.run(DenoiseListener.NONE);
        }
        assertArrayEquals(data(unwatched), data(watched), 0);
        assertEquals(List.of(2, 4, 6), stepsAtEstimates, "where it was asked for");
        int elements = watched.latents().layout().cells() * CHANNELS;
        int middle = 2; // of the two that are made, 0 and 2
        float[] result = Arrays.copyOfRange(data(watched), middle * elements, (middle + 1) * elements);
        // Euler's last step ends at sigma 0, which is where the estimate is taken: z - sigma v twice, rounded
        // differently.
        assertArrayEquals(result, estimates.getLast(), 1e-5f);
        assertFalse(Arrays.equals(estimates.getFirst(), estimates.getLast()), "earlier ones are others");
    }

    @Test
    void clipsThatHaveLeftAreResumedToo() {
        List<ClipPlan> whole = mixed();
        List<byte[]> states = new ArrayList<>();
        try (DenoiseLoop loop = DenoiseLoop.open(denoiser, whole, OPTIONS)) {
            while (loop.stepsDone() < loop.steps()) {
                loop.step();
                states.add(state(loop));
            }
        }
        for (byte[] state : states) {
            List<ClipPlan> rest = mixed();
            try (DenoiseLoop loop = DenoiseLoop.open(denoiser, rest, OPTIONS)) {
                resume(loop, state);
                loop.run(DenoiseListener.NONE);
            }
            for (int i = 0; i < rest.size(); i++) {
                assertArrayEquals(data(whole.get(i)), data(rest.get(i)), 0, "clip " + i);
            }
        }
    }

    @Test
    void aStateOfOtherSettingsIsRefused() {
        ClipLayout layout = ClipLayout.ofRun(2, 3, 2, 8, 4);
        byte[] state;
        try (DenoiseLoop loop = open(plan(layout, SigmaSchedule.linear(3), 1))) {
            loop.step();
            state = state(loop);
        }
        String cure = "; resume with the settings it was written with";
        assertEquals(
                "checkpoint, sampler of clip 0: expected unipc, found flow-euler" + cure,
                refused(state, plan(layout, SigmaSchedule.linear(3), 1).withSampler(SamplerKind.UNIPC)));
        assertEquals(
                "checkpoint, sigma 1 of clip 0: expected 0.85714287, found 0.6666667" + cure,
                refused(state, plan(layout, SigmaSchedule.linear(3).shifted(3), 1)));
        assertEquals(
                "checkpoint, steps of clip 0: expected 4, found 3" + cure,
                refused(state, plan(layout, SigmaSchedule.linear(4), 1)));
        assertEquals(
                "checkpoint, latent bytes of clip 0: expected 144, found 288" + cure,
                refused(state, plan(ClipLayout.ofRun(2, 3, 1, 8, 4), SigmaSchedule.linear(3), 1)));
        assertThrows(
                UncheckedIOException.class,
                () -> refused(Arrays.copyOf(state, state.length - 1), plan(layout, SigmaSchedule.linear(3), 1)));
    }

    private String refused(byte[] state, ClipPlan plan) {
        try (DenoiseLoop loop = open(plan)) {
            resume(loop, state);
            throw new AssertionError("expected a refusal");
        } catch (CheckpointException e) {
            return e.getMessage();
        }
    }

    @Test
    void aCancelledLoopStopsBetweenStepsAndCanGoOn() {
        ClipPlan plan = plan(ClipLayout.ofRun(2, 3, 2, 8, 4), SigmaSchedule.linear(5), 1);
        try (DenoiseLoop loop = open(plan)) {
            DenoiseListener cancels = new DenoiseListener() {
                @Override
                public boolean cancelled() {
                    return loop.stepsDone() == 2;
                }
            };
            assertEquals(
                    "denoising: cancelled after step 2 of 5",
                    assertThrows(RenderCancelledException.class, () -> loop.run(cancels))
                            .getMessage());
            assertEquals(2, denoiser.addresses.size());
            loop.run(DenoiseListener.NONE);
        }
        assertArrayEquals(result(plan(ClipLayout.ofRun(2, 3, 2, 8, 4), SigmaSchedule.linear(5), 1)), data(plan), 0);
    }

    @Test
    void listenersHearEveryStepOnce() {
        List<String> heard = new ArrayList<>();
        try (DenoiseLoop loop = open(plan(ClipLayout.ofRun(1, 1, 1, 8, 4), SigmaSchedule.linear(3), 1))) {
            loop.run(new DenoiseListener() {
                @Override
                public void step(int step, int steps, long elapsedNanos) {
                    heard.add(step + "/" + steps);
                    assertTrue(elapsedNanos > 0);
                }
            });
        }
        assertEquals(List.of("1/3", "2/3", "3/3"), heard);
    }

    @Test
    void aVelocityThatIsNoNumberIsNamed() {
        ClipPlan fine = plan(ClipLayout.ofRun(1, 2, 1, 8, 4), SigmaSchedule.linear(4), 1);
        ClipPlan broken = ClipPlan.of(
                clip(ClipLayout.ofRun(2, 2, 1, 8, 4)),
                prompt(Double.NaN),
                SigmaSchedule.linear(4),
                NoiseSource.philox(1, 0));
        try (DenoiseLoop loop = open(fine, broken)) {
            assertEquals(
                    "velocity of clip 1 in step 1 of 4: expected finite numbers, found NaN or infinity; the weights may be"
                            + " damaged or the precision too low",
                    assertThrows(ModelException.class, () -> loop.run(DenoiseListener.NONE))
                            .getMessage());
        }
    }

    @Test
    void moreSegmentsThanSlotsAreRefused() {
        ClipPlan[] plans = new ClipPlan[9];
        Arrays.setAll(
                plans,
                i -> plan(ClipLayout.ofRun(1, 1, 1, 8, 4), SigmaSchedule.linear(2), i)
                        .withGuidance(2, prompt(0)));
        String message = assertThrows(IllegalArgumentException.class, () -> {
                    try (DenoiseLoop loop = open(plans)) {
                        loop.step();
                    }
                })
                .getMessage();
        assertEquals(
                "denoise loop: expected 1 to 16 segments, found 18 of 9 clips; guidance takes two segments for each"
                        + " clip: denoise fewer clips at a time",
                message);
    }

    @Test
    @SuppressWarnings("MustBeClosed") // the outer binding closes the inner one
    void timeInTheNetworkIsToldFromTheRest() {
        long pauseNanos = 5_000_000;
        Denoiser slow = sequence -> {
            BoundDenoiser inner = denoiser.bind(sequence);
            return new BoundDenoiser() {
                @Override
                public void run() {
                    long end = System.nanoTime() + pauseNanos;
                    while (System.nanoTime() < end) {
                        LockSupport.parkNanos(end - System.nanoTime());
                    }
                    inner.run();
                }

                @Override
                public void close() {
                    inner.close();
                }
            };
        };
        ClipPlan plan = plan(ClipLayout.ofRun(1, 1, 1, 8, 4), SigmaSchedule.linear(10), 1);
        long start = System.nanoTime();
        try (DenoiseLoop loop = DenoiseLoop.open(slow, List.of(plan), OPTIONS)) {
            loop.run(DenoiseListener.NONE);
            StepTimes times = loop.times();
            long wall = System.nanoTime() - start;
            assertEquals(10, times.steps());
            assertTrue(times.runNanos() >= 10 * pauseNanos, times.toString());
            assertTrue(times.restNanos() > 0 && times.packNanos() > 0, times.toString());
            assertTrue(times.runNanos() + times.restNanos() + times.packNanos() <= wall, times.toString());
        }
    }
}
