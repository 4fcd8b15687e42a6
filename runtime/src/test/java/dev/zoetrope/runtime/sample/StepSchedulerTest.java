package dev.zoetrope.runtime.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StepSchedulerTest {
    private static final int CHANNELS = 6;
    private static final int WIDTH = 3;
    private static final int TEXT_TOKENS = 1;
    private static final PackingOptions OPTIONS = new PackingOptions(CHANNELS, WIDTH, 16, false);

    /** The mean of a prompt with which the network fails when it comes first in a sequence. */
    private static final float UNBEARABLE = 99;

    private final Arena arena = Arena.ofShared();
    private final List<LatentClip> clips = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService callers = Executors.newCachedThreadPool();

    /** Segments of every run of the network, in order; each run waits for a permit. */
    private final List<Integer> runs = Collections.synchronizedList(new ArrayList<>());

    private final Semaphore permits = new Semaphore(0);
    private final GaussianDenoiser network = new GaussianDenoiser();

    @AfterEach
    void free() {
        callers.close();
        assertEquals(0, network.openBindings, "bindings left open");
        clips.forEach(LatentClip::close);
        arena.close();
    }

    /** A network that runs when the test says so, and counts what it is given. */
    private final class Gated implements Denoiser {
        @Override
        @SuppressWarnings("MustBeClosed") // handed on
        public BoundDenoiser bind(PackedSequence sequence) {
            BoundDenoiser bound = network.bind(sequence);
            return new BoundDenoiser() {
                @Override
                public void run() {
                    permits.acquireUninterruptibly();
                    runs.add(sequence.segments());
                    if (sequence.pooled().toArray(TensorMemory.FLOAT)[WIDTH] == UNBEARABLE) {
                        throw new ModelException("network: no memory");
                    }
                    bound.run();
                }

                @Override
                public void close() {
                    bound.close();
                }
            };
        }
    }

    private ClipPlan plan(int rows, int columns, int steps, long seed) {
        return plan(rows, columns, steps, seed, 1.5f);
    }

    @SuppressWarnings("MustBeClosed") // free() closes it
    private ClipPlan plan(int rows, int columns, int steps, long seed, float mean) {
        LatentClip clip = LatentClip.create(ClipLayout.ofRun(rows, columns, 2, 8, 4), CHANNELS, 8);
        clips.add(clip);
        return ClipPlan.of(
                clip,
                GaussianDenoiser.prompt(arena, WIDTH, mean),
                SigmaSchedule.linear(steps),
                NoiseSource.philox(seed, 0));
    }

    private float[] alone(int rows, int columns, int steps, long seed) {
        ClipPlan plan = plan(rows, columns, steps, seed);
        try (DenoiseLoop loop = DenoiseLoop.open(network, List.of(plan), OPTIONS)) {
            loop.run(DenoiseListener.NONE);
        }
        return data(plan);
    }

    private static float[] data(ClipPlan plan) {
        return plan.latents().data().toArray(TensorMemory.FLOAT);
    }

    private CompletableFuture<Void> start(StepScheduler scheduler, ClipPlan plan, DenoiseListener listener) {
        return start(scheduler, plan, listener, StepScheduler.USUAL_WEIGHT);
    }

    private CompletableFuture<Void> start(
            StepScheduler scheduler, ClipPlan plan, DenoiseListener listener, int weight) {
        return CompletableFuture.runAsync(
                () -> {
                    try (DenoiseLoop loop = DenoiseLoop.open(network, List.of(plan), OPTIONS)) {
                        scheduler.run(loop, listener, weight);
                    }
                },
                callers);
    }

    /** Waits until the network has begun so many runs, the last of which may be waiting for its permit. */
    private void awaitWaiting() throws InterruptedException {
        for (int i = 0; i < 2000 && !permits.hasQueuedThreads(); i++) {
            Thread.sleep(5);
        }
        assertTrue(permits.hasQueuedThreads(), "the network is about to run");
    }

    @Test
    void aLoopThatComesIsInTheNextStepAndEachHasTheNumbersItHasAlone() throws Exception {
        float[] first = alone(2, 3, 6, 1);
        float[] second = alone(3, 3, 4, 2);
        try (StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 1000)) {
            ClipPlan one = plan(2, 3, 6, 1);
            ClipPlan other = plan(3, 3, 4, 2);
            CompletableFuture<Void> running = start(scheduler, one, DenoiseListener.NONE);
            permits.release(1);
            awaitStep(1);
            awaitWaiting(); // the second step of one
            CompletableFuture<Void> joining = start(scheduler, other, DenoiseListener.NONE);
            awaitArrived(scheduler, 1);
            permits.release(100);
            running.get(30, TimeUnit.SECONDS);
            joining.get(30, TimeUnit.SECONDS);
            assertEquals(List.of(1, 1, 2, 2, 2, 2), runs, "segments of each run: alone twice, then together");
            assertArrayEquals(first, data(one), 0);
            assertArrayEquals(second, data(other), 0);
            StepCounters counters = scheduler.counters();
            assertEquals(6, counters.steps());
            assertEquals(10, counters.segments());
            assertEquals(1, counters.mostStepsWaited(), "the step under way when the second came");
            // Segments of 2x3 and of 3x3 cells, two latents each, and a text of one token: alone, then together.
            long shorter = 2 * 3 * 2 + TEXT_TOKENS;
            long longer = 3 * 3 * 2 + TEXT_TOKENS;
            assertEquals(2 * shorter + 4 * (shorter + longer), counters.tokens());
            assertEquals(4 * (longer - shorter), counters.paddingAvoided());
            assertEquals(2, counters.joined());
            assertEquals(2, counters.left());
            assertEquals(0, counters.running());
            assertEquals(0, counters.failed());
            // The first in, out and in again when the second comes, both out at the end.
            assertEquals(2L * (4 * 6 + 2 * 9) * CHANNELS * Float.BYTES, counters.bytesMoved());
            assertTrue(counters.stepNanos() >= counters.runNanos() && counters.runNanos() > 0);
        }
    }

    private void awaitStep(int count) throws InterruptedException {
        for (int i = 0; i < 2000 && runs.size() < count; i++) {
            Thread.sleep(5);
        }
        assertEquals(count, runs.size());
    }

    private static void awaitArrived(StepScheduler scheduler, int count) throws InterruptedException {
        for (int i = 0; i < 2000 && scheduler.counters().arriving() < count; i++) {
            Thread.sleep(5);
        }
        assertEquals(count, scheduler.counters().arriving());
    }

    /** A large loop, and small ones one after the other: they all end long before it, and it goes on between them. */
    @Test
    void smallLoopsDoNotWaitForALargeOneAndDoNotStarveIt() throws Exception {
        try (StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 100)) {
            permits.release(100_000);
            AtomicInteger large = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Void> slow = start(scheduler, plan(20, 20, 400, 1), new DenoiseListener() {
                @Override
                public void step(int step, int steps, long elapsedNanos) {
                    large.set(step);
                    begun.countDown();
                }
            });
            assertTrue(begun.await(30, TimeUnit.SECONDS));
            int before = large.get();
            for (int i = 0; i < 8; i++) {
                start(scheduler, plan(2, 2, 200, i), DenoiseListener.NONE).get(30, TimeUnit.SECONDS);
                assertTrue(large.get() < 400, "the large one is still under way");
            }
            // A step of the large one is worth 73 of a small one's, and they share alike.
            assertTrue(large.get() > before + 8, "the large one went on: step " + large.get() + " after " + before);
            slow.get(30, TimeUnit.SECONDS);
        }
    }

    /** Neither fits beside the other, so they take turns: the one of twice the weight makes two steps for each of the other. */
    @Test
    void twiceTheWeightGetsTwiceTheTokens() throws Exception {
        try (StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 10)) {
            AtomicInteger usual = new AtomicInteger();
            AtomicInteger urgent = new AtomicInteger();
            CompletableFuture<Void> other =
                    start(scheduler, plan(3, 3, 300, 1), counting(usual), StepScheduler.USUAL_WEIGHT);
            awaitWaiting();
            CompletableFuture<Void> first =
                    start(scheduler, plan(3, 3, 300, 2), counting(urgent), 2 * StepScheduler.USUAL_WEIGHT);
            awaitArrived(scheduler, 1);
            permits.release(301);
            awaitStep(301);
            awaitWaiting();
            assertEquals(2.0, (double) urgent.get() / usual.get(), 0.1, urgent + " and " + usual);
            permits.release(1000);
            CompletableFuture.allOf(first, other).get(30, TimeUnit.SECONDS);
        }
    }

    private static DenoiseListener counting(AtomicInteger steps) {
        return new DenoiseListener() {
            @Override
            public void step(int step, int all, long elapsedNanos) {
                steps.set(step);
            }
        };
    }

    /** Whoever comes is in the next step, whatever the shares of those that are there; and they do not pay for it. */
    @Test
    void whoComesIntoABatchHasTheNextStepAndTheOthersGetTheirShareAllTheSame() throws Exception {
        try (StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 100)) {
            AtomicInteger one = new AtomicInteger();
            AtomicInteger two = new AtomicInteger();
            CompletableFuture<Void> large = start(scheduler, plan(10, 10, 400, 1), counting(one));
            awaitWaiting();
            CompletableFuture<Void> other = start(scheduler, plan(10, 10, 400, 2), counting(two));
            CompletableFuture<Void> small = start(scheduler, plan(2, 2, 400, 3), DenoiseListener.NONE);
            awaitArrived(scheduler, 2);
            for (int i = 0; i < 40; i++) {
                int before = runs.size();
                permits.release(5);
                awaitStep(before + 5);
                awaitWaiting();
                CompletableFuture<Void> comes = start(scheduler, plan(2, 2, 1, 9 + i), DenoiseListener.NONE);
                awaitArrived(scheduler, 1);
                permits.release(2); // the step under way, and the next
                comes.get(30, TimeUnit.SECONDS);
                awaitWaiting();
            }
            assertEquals(2, scheduler.counters().mostStepsWaited(), "of two that came at once one was second");
            assertTrue(Math.abs(one.get() - two.get()) <= 1, "alike: " + one + " and " + two);
            assertTrue(one.get() >= 5, "not starved: " + one);
            permits.release(10_000);
            CompletableFuture.allOf(large, other, small).get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void whatGoesWrongWithOneEndsThatOneAlone() throws Exception {
        float[] expected = alone(2, 3, 5, 1);
        try (StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 1000)) {
            ClipPlan good = plan(2, 3, 5, 1);
            ClipPlan bad = plan(2, 2, 5, 2, Float.NaN);
            ClipPlan stopped = plan(2, 2, 5, 3);
            ClipPlan thrown = plan(2, 2, 5, 4);
            CompletableFuture<Void> blocking = start(scheduler, good, DenoiseListener.NONE);
            awaitWaiting();
            CompletableFuture<Void> broken = start(scheduler, bad, DenoiseListener.NONE);
            CompletableFuture<Void> cancelled = start(scheduler, stopped, new DenoiseListener() {
                private int steps;

                @Override
                public void step(int step, int all, long elapsedNanos) {
                    steps = step;
                }

                @Override
                public boolean cancelled() {
                    return steps == 1;
                }
            });
            CompletableFuture<Void> failing = start(scheduler, thrown, new DenoiseListener() {
                @Override
                public void step(int step, int steps, long elapsedNanos) {
                    throw new IllegalArgumentException("listener");
                }
            });
            awaitArrived(scheduler, 3);
            permits.release(100);
            blocking.get(30, TimeUnit.SECONDS);
            assertArrayEquals(expected, data(good), 0);
            assertEquals(RenderCancelledException.class, failureOf(cancelled).getClass());
            assertEquals(
                    "denoising: cancelled after step 1 of 5",
                    failureOf(cancelled).getMessage());
            assertEquals("listener", failureOf(failing).getMessage());
            assertTrue(
                    failureOf(broken) instanceof ModelException,
                    () -> failureOf(broken).toString());
        }
    }

    @Test
    void aNetworkThatFailsIsTriedWithEachAlone() throws Exception {
        float[] expected = alone(2, 3, 3, 1);
        try (StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 1000)) {
            CompletableFuture<Void> first = start(scheduler, plan(1, 1, 1, 9), DenoiseListener.NONE);
            awaitWaiting();
            CompletableFuture<Void> broken = start(scheduler, plan(2, 2, 3, 2, UNBEARABLE), DenoiseListener.NONE);
            awaitArrived(scheduler, 1);
            ClipPlan good = plan(2, 3, 3, 1);
            CompletableFuture<Void> unharmed = start(scheduler, good, DenoiseListener.NONE);
            awaitArrived(scheduler, 2);
            permits.release(100);
            first.get(30, TimeUnit.SECONDS);
            unharmed.get(30, TimeUnit.SECONDS);
            assertArrayEquals(expected, data(good), 0);
            assertEquals("network: no memory", failureOf(broken).getMessage());
            assertEquals(
                    1 + 1 + 1 + 3, runs.size(), "alone, together, then the broken one and the other by themselves");
        }
    }

    private static Throwable failureOf(CompletableFuture<Void> ended) {
        return assertThrows(CompletionException.class, ended::join).getCause();
    }

    @Test
    void closingEndsWhatIsUnderWay() throws Exception {
        StepScheduler scheduler = new StepScheduler(new Gated(), OPTIONS, 1000);
        CompletableFuture<Void> running = start(scheduler, plan(2, 2, 50, 1), DenoiseListener.NONE);
        permits.release(2);
        awaitStep(2);
        awaitWaiting();
        Thread closing = Thread.ofPlatform().start(scheduler::close);
        while (!scheduler.isClosed()) {
            Thread.onSpinWait();
        }
        permits.release(100);
        closing.join();
        assertEquals(RenderCancelledException.class, failureOf(running).getClass());
        assertTrue(runs.size() < 50);
        ClipPlan late = plan(2, 2, 2, 1);
        try (DenoiseLoop loop = DenoiseLoop.open(network, List.of(late), OPTIONS)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> scheduler.run(loop, DenoiseListener.NONE, StepScheduler.USUAL_WEIGHT));
        }
    }
}
