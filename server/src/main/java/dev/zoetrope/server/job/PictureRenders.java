package dev.zoetrope.server.job;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.StillEncoder;
import dev.zoetrope.runtime.encode.StillFormat;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPreview;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pictures that are rendered while their client waits. Nothing of them is kept, and one that nobody waits for any more stops
 * at its next step. They share the engine and the limit on unfinished work with the videos. Thread-safe.
 */
public final class PictureRenders implements AutoCloseable {
    private final Zoetrope engine;
    private final BooleanSupplier serverStops;

    /** By owner. */
    private final Map<Optional<String>, Integer> unfinished = new ConcurrentHashMap<>();

    /** A render waits on the engine most of its time. */
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    PictureRenders(Zoetrope engine, BooleanSupplier serverStops) {
        this.engine = engine;
        this.serverStops = serverStops;
    }

    /**
     * How pictures are wanted.
     *
     * @param count how many; each has the next seed
     * @param format of the files
     * @param partials how many pictures of each are shown on the way
     * @param priority their share of the steps while others render too
     */
    public record Order(int count, StillFormat format, int partials, Priority priority) {}

    /** Gets the pictures that are shown on the way, one after the other, on any thread. */
    public interface Watcher {
        /**
         * A picture on the way.
         *
         * @param request what is rendered
         * @param number from 0
         * @param file the whole file
         */
        void partial(RenderRequest request, int number, byte[] file);
    }

    /** Renders under way. */
    public final class Waiting {
        private final AtomicBoolean cancelled = new AtomicBoolean();
        private final RenderRequest request;
        private final CompletableFuture<List<byte[]>> files;

        private Waiting(Optional<String> owner, RenderRequest first, Order order, Watcher watcher) {
            request = first;
            List<CompletableFuture<byte[]>> each = new ArrayList<>();
            for (int i = 0; i < order.count(); i++) {
                RenderRequest next = first.withSeed(first.seed() + i);
                each.add(CompletableFuture.supplyAsync(() -> render(owner, next, order, watcher), threads));
            }
            files = CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                    .thenApply(_ -> each.stream().map(CompletableFuture::join).toList());
        }

        /** The first one's request, with every default filled in. */
        public RenderRequest request() {
            return request;
        }

        /** The whole files, in the order of their seeds. */
        public CompletableFuture<List<byte[]>> files() {
            return files;
        }

        /** Nobody waits any more. */
        public void cancel() {
            cancelled.set(true);
        }

        private byte[] render(Optional<String> owner, RenderRequest one, Order order, Watcher watcher) {
            Watch watch = new Watch(order, one, watcher, this::isCancelled);
            RenderOptions options = RenderOptions.defaults().withListener(watch).withPriority(order.priority());
            try (Clip clip = engine.render(one, options)) {
                Picture picture = new Picture(order.format());
                clip.decodeTo(picture);
                watch.await();
                return picture.file();
            } finally {
                add(owner, -1);
            }
        }

        private boolean isCancelled() {
            return cancelled.get() || serverStops.getAsBoolean();
        }
    }

    /** Turns the one frame of a clip into a file. */
    private static final class Picture implements FrameSink {
        private final StillFormat format;
        private byte @Nullable [] file;

        Picture(StillFormat format) {
            this.format = format;
        }

        @Override
        public void accept(Frame frame) {
            file = StillEncoder.encode(frame, format);
        }

        byte[] file() {
            byte[] whole = file;
            if (whole == null) {
                throw new IllegalStateException("picture: expected a frame, found none");
            }
            return whole;
        }

        @Override
        public void close() {
            // Holds nothing native.
        }
    }

    /** Shows pictures on the way at steps that lie evenly between the first and the last. */
    private final class Watch implements RenderListener {
        private final Order order;
        private final RenderRequest request;
        private final Watcher watcher;
        private final BooleanSupplier cancelled;
        private final int steps;
        private int step;
        private int shown;
        private CompletableFuture<Void> showing = CompletableFuture.completedFuture(null);

        Watch(Order order, RenderRequest request, Watcher watcher, BooleanSupplier cancelled) {
            this.request = request;
            this.order = order;
            this.watcher = watcher;
            this.cancelled = cancelled;
            this.steps = request.steps().orElse(1);
        }

        @Override
        public void step(int done, int all, Duration remaining) {
            step = done;
        }

        @Override
        public boolean wantsPreview() {
            return shown < order.partials() && step + 1 >= (shown + 1.0) * steps / (order.partials() + 1);
        }

        @Override
        public void preview(RenderPreview preview) {
            int number = shown++;
            showing = showing.thenRunAsync(
                    () -> watcher.partial(request, number, PreviewMaker.encoded(preview, order.format())), threads);
        }

        @Override
        public boolean cancelled() {
            return cancelled.getAsBoolean();
        }

        void await() {
            showing.join();
        }
    }

    /** @param request of one frame, with every default filled in */
    Waiting start(Optional<String> owner, RenderRequest request, Order order, Watcher watcher) {
        add(owner, order.count());
        return new Waiting(owner, request, order, watcher);
    }

    private void add(Optional<String> owner, int more) {
        unfinished.merge(owner, more, Integer::sum);
        unfinished.remove(owner, 0);
    }

    /** How many are not done. */
    int unfinished() {
        return unfinished.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many of one owner's are not done. */
    int unfinished(Optional<String> owner) {
        return unfinished.getOrDefault(owner, 0);
    }

    /** Waits for those under way, which stop when the server does. */
    @Override
    public void close() {
        threads.close();
    }
}
