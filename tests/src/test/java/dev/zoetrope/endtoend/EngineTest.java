package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
