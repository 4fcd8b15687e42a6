package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.Estimate;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.sample.StepCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The embedded engine as another application uses it: threads, interrupts, misuse. */
class EngineTest {
    private static final RenderRequest REQUEST =
            RenderRequest.of("a red ball").withSize(24, 16).withFrames(5).withSteps(3);

    @Test
    void manyVirtualThreadsShareOneEngineAndGetWhatEachAskedFor() throws Exception {
        try (Zoetrope zoetrope = open();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<byte[]> alone = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                alone.add(firstFrame(zoetrope, REQUEST.withSeed(i)));
            }
            List<Future<byte[]>> together = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                RenderRequest request = REQUEST.withSeed(i);
                together.add(callers.submit(() -> firstFrame(zoetrope, request)));
            }
            for (int i = 0; i < 4; i++) {
                assertArrayEquals(alone.get(i), together.get(i).get(60, TimeUnit.SECONDS), "seed " + i);
            }
            assertTrue(java.util.Arrays.mismatch(alone.get(0), alone.get(1)) >= 0, "seeds differ");
        }
    }

    private static List<byte[]> frames(Zoetrope zoetrope, RenderRequest request) {
        List<byte[]> frames = new ArrayList<>();
        try (Clip clip = zoetrope.render(request)) {
            FrameCollector collector = new FrameCollector();
            clip.decodeTo(collector);
            frames.addAll(collector.frames());
        }
        return frames;
    }

    /** Sizes, lengths, steps, guidance and samplers all differ, and steps of some fall together with others' of another number. */
    @Test
    void rendersThatAreUnderWayAtOnceHaveThePixelsThatEachHasAlone() throws Exception {
        List<RenderRequest> requests = List.of(
                REQUEST.withSize(48, 32).withFrames(21).withSteps(9).withSeed(1),
                REQUEST.withSteps(2).withSeed(2),
                REQUEST.withSize(16, 40).withSteps(5).withGuidance(1).withSeed(3),
                REQUEST.withFrames(61).withSteps(3).withSeed(4),
                REQUEST.withFrames(1).withSteps(7).withSeed(5));
        try (Zoetrope zoetrope = open();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<List<byte[]>> alone =
                    requests.stream().map(request -> frames(zoetrope, request)).toList();
            long runs = zoetrope.steps().steps();
            List<Future<List<byte[]>>> together = new ArrayList<>();
            for (RenderRequest request : requests) {
                together.add(callers.submit(() -> frames(zoetrope, request)));
            }
            for (int i = 0; i < requests.size(); i++) {
                List<byte[]> found = together.get(i).get(60, TimeUnit.SECONDS);
                assertEquals(alone.get(i).size(), found.size());
                for (int frame = 0; frame < found.size(); frame++) {
                    assertArrayEquals(alone.get(i).get(frame), found.get(frame), "request " + i + ", frame " + frame);
                }
            }
            long shared = zoetrope.steps().steps() - runs;
            assertTrue(shared < runs, "steps were made together: " + shared + " runs, alone " + runs);
        }
    }

    /** Lets a render begin, and go on until it is told to stop. */
    private static final class UntilStopped implements RenderListener {
        final CountDownLatch begun = new CountDownLatch(1);
        final AtomicBoolean stop = new AtomicBoolean();

        @Override
        public void step(int step, int steps, Duration remaining) {
            begun.countDown();
        }

        @Override
        public boolean cancelled() {
            return stop.get();
        }
    }

    /** One that came later, and is done long before. */
    @Test
    void aSmallRenderDoesNotWaitForALargeOneToEnd() throws Exception {
        UntilStopped running = new UntilStopped();
        try (Zoetrope zoetrope = open();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            RenderRequest endless = REQUEST.withSize(128, 128).withFrames(33).withSteps(1000);
            Future<?> large = callers.submit(() -> {
                try (Clip clip =
                        zoetrope.render(endless, RenderOptions.defaults().withListener(running))) {
                    return clip.frames();
                }
            });
            assertTrue(running.begun.await(60, TimeUnit.SECONDS));
            assertEquals(5, frames(zoetrope, REQUEST).size());
            assertFalse(large.isDone(), "the large one is still under way");
            running.stop.set(true);
            assertTrue(
                    assertThrows(ExecutionException.class, () -> large.get(60, TimeUnit.SECONDS))
                                    .getCause()
                            instanceof RenderCancelledException);
        }
    }

    /** More than may be under way at once: they wait, and can be cancelled while they do. */
    @Test
    void aRenderThatWaitsForOthersCanBeCancelled() throws Exception {
        UntilStopped running = new UntilStopped();
        RenderListener cancelled = new RenderListener() {
            @Override
            public boolean cancelled() {
                return true;
            }
        };
        EngineOptions options =
                EngineOptions.defaults().withModelFolder(TinyModel.folder()).withRenders(1);
        try (Zoetrope zoetrope = Zoetrope.open(options);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = callers.submit(() -> {
                try (Clip clip = zoetrope.render(
                        REQUEST.withSteps(1000), RenderOptions.defaults().withListener(running))) {
                    return clip.frames();
                }
            });
            assertTrue(running.begun.await(60, TimeUnit.SECONDS));
            RenderCancelledException failure = assertThrows(
                    RenderCancelledException.class,
                    () -> zoetrope.render(REQUEST, RenderOptions.defaults().withListener(cancelled)));
            assertEquals("render: cancelled while it waited for others", failure.getMessage());
            running.stop.set(true);
            assertThrows(ExecutionException.class, () -> first.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatARenderWillTakeIsKnownBeforeItIsMade() {
        try (Zoetrope zoetrope = open()) {
            Estimate small = zoetrope.estimate(REQUEST);
            assertTrue(small.time().isEmpty(), "nothing was measured yet");
            assertTrue(small.memoryBytes() > 0);
            zoetrope.measure();
            small = zoetrope.estimate(REQUEST);
            Estimate larger = zoetrope.estimate(REQUEST.withSize(256, 256).withFrames(33));
            assertTrue(small.time().orElseThrow().isPositive());
            assertTrue(larger.time().orElseThrow().compareTo(small.time().orElseThrow()) > 0);
            assertTrue(larger.tokens() > small.tokens() && larger.memoryBytes() > small.memoryBytes());

            RenderRequest request = REQUEST.withSize(64, 64);
            Estimate estimate = zoetrope.estimate(request);
            StepCounters before = zoetrope.steps();
            assertEquals(5, frames(zoetrope, request).size());
            StepCounters done = zoetrope.steps().since(before);
            // Of 128 latent tokens; the few tokens of the text are not known before it is read.
            assertEquals(estimate.work(), done.work(), 0.2 * estimate.work());
            assertTrue(done.work() > estimate.work());
        }
    }

    @Test
    void theListenerHearsEveryStageAndStep() {
        List<String> heard = new ArrayList<>();
        RenderListener listener = new RenderListener() {
            @Override
            public void stage(Stage stage) {
                heard.add(stage.name());
            }

            @Override
            public void step(int step, int steps, Duration remaining) {
                heard.add(step + "/" + steps);
            }
        };
        try (Zoetrope zoetrope = open();
                Clip clip = zoetrope.render(REQUEST, RenderOptions.defaults().withListener(listener))) {
            assertEquals(List.of("TEXT", "DENOISE", "1/3", "2/3", "3/3"), heard);
            assertEquals(0, clip.result().bytesCopied());
        }
    }

    @Test
    void anInterruptOfTheCallerEndsTheRenderAtItsNextStep() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Throwable> seen = new AtomicReference<>();
        try (Zoetrope zoetrope = open()) {
            RenderListener listener = new RenderListener() {
                @Override
                public void step(int step, int steps, Duration remaining) {
                    begun.countDown();
                }
            };
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    renderAndClose(
                            zoetrope,
                            REQUEST.withSteps(1000),
                            RenderOptions.defaults().withListener(listener));
                } catch (RuntimeException e) {
                    seen.set(e);
                }
            });
            assertTrue(begun.await(60, TimeUnit.SECONDS));
            caller.interrupt();
            caller.join(60_000);
            assertTrue(seen.get() instanceof RenderCancelledException, String.valueOf(seen.get()));
            firstFrame(zoetrope, REQUEST); // the engine goes on
        }
    }

    @Test
    @SuppressWarnings("MustBeClosed") // closed in the middle, on purpose
    void useAfterCloseThrows() {
        Zoetrope zoetrope = open();
        Clip clip = zoetrope.render(REQUEST);
        clip.close();
        assertThrows(IllegalStateException.class, () -> clip.decodeTo(new FrameCollector()));
        zoetrope.close();
        zoetrope.close();
        assertThrows(IllegalStateException.class, () -> renderAndClose(zoetrope, REQUEST, RenderOptions.defaults()));
    }

    @Test
    void aRequestBeyondTheLimitIsRefusedBeforeWorkNamingWhatFits() {
        try (Zoetrope zoetrope = open()) {
            RequestException refused = assertThrows(
                    RequestException.class,
                    () -> renderAndClose(
                            zoetrope, REQUEST.withSize(4096, 4096).withFrames(100), RenderOptions.defaults()));
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.contains("nearest that works"), message);
        }
    }

    private static void renderAndClose(Zoetrope zoetrope, RenderRequest request, RenderOptions options) {
        try (Clip clip = zoetrope.render(request, options)) {
            assertEquals(request.prompt(), clip.request().prompt());
        }
    }

    @MustBeClosed
    private static Zoetrope open() {
        return Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()));
    }

    private static byte[] firstFrame(Zoetrope zoetrope, RenderRequest request) {
        try (Clip clip = zoetrope.render(request)) {
            FrameCollector frames = new FrameCollector();
            clip.decodeTo(frames);
            return frames.frames().getFirst();
        }
    }
}
