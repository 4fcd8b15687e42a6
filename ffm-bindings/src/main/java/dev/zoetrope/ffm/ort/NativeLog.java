package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OrtLoggingFunction;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Carries the native library's log lines to the {@code System.Logger} named {@value #LOGGER_NAME}.
 *
 * <p>The library calls from any of its threads, also in the middle of a kernel. An exception that left the upcall would
 * end the process and a slow logger would slow the run, so the upcall catches everything and only puts the line into a
 * bounded queue; a daemon thread takes it out. Lines that find the queue full are counted and dropped.
 */
final class NativeLog {
    static final String LOGGER_NAME = "dev.zoetrope.ort";

    private static final int QUEUE_LINES = 1024;

    private record Line(LogLevel level, String text) {}

    private record Failure(long threadId, String text) {}

    private static final BlockingQueue<Line> QUEUE = new ArrayBlockingQueue<>(QUEUE_LINES);
    private static final AtomicLong DROPPED = new AtomicLong();
    private static final ReentrantLock WRITING = new ReentrantLock();
    private static volatile @Nullable Failure lastFailure;
    private static @Nullable MemorySegment stub;

    private NativeLog() {}

    /** The function pointer to give to the library; made once, valid for ever. */
    static synchronized MemorySegment function() {
        MemorySegment pointer = stub;
        if (pointer == null) {
            pointer = OrtLoggingFunction.allocate(NativeLog::receive, Arena.global());
            Thread.ofPlatform().name("zoetrope-ort-log").daemon(true).start(NativeLog::drainForEver);
            stub = pointer;
        }
        return pointer;
    }

    private static void receive(
            MemorySegment parameter,
            int severity,
            MemorySegment category,
            MemorySegment identifier,
            MemorySegment location,
            MemorySegment message) {
        try {
            LogLevel level = LogLevel.ofNativeCode(severity);
            String text = NativeText.read(message);
            if (level.compareTo(LogLevel.ERROR) >= 0) {
                lastFailure = new Failure(Thread.currentThread().threadId(), text);
            }
            String subject = NativeText.read(identifier);
            if (!QUEUE.offer(new Line(level, subject.isEmpty() ? text : subject + ": " + text))) {
                DROPPED.incrementAndGet();
            }
        } catch (Throwable e) {
            // Nothing may leave an upcall; a lost line is the lesser evil.
            DROPPED.incrementAndGet();
        }
    }

    /** Forgets logged errors; called before a call whose reason will matter. */
    static void forgetErrors() {
        lastFailure = null;
    }

    /**
     * Takes the error line logged last by a native call of this thread, which often holds the reason that a status
     * lacks.
     */
    static String takeErrorOfThisThread() {
        Failure failure = lastFailure;
        if (failure == null || failure.threadId() != Thread.currentThread().threadId()) {
            return "";
        }
        lastFailure = null;
        return failure.text();
    }

    /** Writes what is in the queue before returning. */
    static void flush() {
        WRITING.lock();
        try {
            for (Line line = QUEUE.poll(); line != null; line = QUEUE.poll()) {
                write(line);
            }
        } finally {
            WRITING.unlock();
        }
    }

    private static void drainForEver() {
        while (true) {
            try {
                Line line = QUEUE.poll(1, TimeUnit.HOURS);
                if (line != null) {
                    WRITING.lock();
                    try {
                        write(line);
                    } finally {
                        WRITING.unlock();
                    }
                }
            } catch (InterruptedException e) {
                // Nobody but this class has the thread; go on, for without it the log would end silently.
            }
        }
    }

    private static void write(Line line) {
        try {
            System.Logger logger = System.getLogger(LOGGER_NAME);
            logger.log(line.level().loggerLevel(), OrtException.trim(line.text()));
            long dropped = DROPPED.getAndSet(0);
            if (dropped > 0) {
                logger.log(System.Logger.Level.WARNING, "native log: {0} lines dropped, the queue was full", dropped);
            }
        } catch (RuntimeException e) {
            // A logger that throws must not end the thread that feeds it.
            DROPPED.incrementAndGet();
        }
    }
}
