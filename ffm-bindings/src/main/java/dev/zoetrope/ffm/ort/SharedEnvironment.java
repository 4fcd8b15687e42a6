package dev.zoetrope.ffm.ort;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The one {@code OrtEnv} of the process, counted by its users: environments and sessions.
 *
 * <p>The library has one environment per process whatever is asked for: a second creation returns the first one and
 * ignores its options. Here that is said in the log instead of passed over.
 */
final class SharedEnvironment {
    private static @Nullable SharedEnvironment current;

    private final OrtLibrary library;
    private final EnvironmentOptions options;
    private final MemorySegment pointer;
    private int users;

    private SharedEnvironment(OrtLibrary library, EnvironmentOptions options) {
        this.library = library;
        this.options = options;
        this.pointer = new EnvironmentCalls(library).create(options);
    }

    /** Takes part in the environment, which is created for the first user; to be given back by {@link #release()}. */
    static SharedEnvironment acquire(EnvironmentOptions options) {
        synchronized (SharedEnvironment.class) {
            SharedEnvironment shared = current;
            if (shared == null) {
                Telemetry.disable(); // before the library is there to read it
                shared = new SharedEnvironment(OrtLibrary.load(), options);
                current = shared;
            } else if (!shared.options.equals(options)) {
                System.getLogger(NativeLog.LOGGER_NAME)
                        .log(
                                System.Logger.Level.WARNING,
                                "Environment: asked for {0}, but this process already has one with {1}, which stays as it is:"
                                        + " ONNX Runtime has one thread pool per process",
                                options,
                                shared.options);
            }
            shared.users++;
            return shared;
        }
    }

    /** One more user, for a session that must outlive the environment object it was opened with. */
    void retain() {
        synchronized (SharedEnvironment.class) {
            users++;
        }
    }

    /** One user less; the last one frees the environment. */
    void release() {
        synchronized (SharedEnvironment.class) {
            users--;
            if (users == 0) {
                new EnvironmentCalls(library).release(pointer);
                current = null;
                NativeLog.flush();
            }
        }
    }

    OrtLibrary library() {
        return library;
    }

    EnvironmentOptions options() {
        return options;
    }

    MemorySegment pointer() {
        return pointer;
    }
}
