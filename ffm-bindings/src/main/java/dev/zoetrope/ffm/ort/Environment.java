package dev.zoetrope.ffm.ort;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.memory.Lifetime;
import java.nio.file.Path;
import java.util.List;

/**
 * The opened library with its thread pool, from which sessions are made.
 *
 * <p>A process has one native environment: every {@code Environment} is a share in it, and the options of the first
 * count; a later one that asks for others gets a warning in the log. Sessions hold a share of their own, so closing an
 * environment before its sessions is allowed; the native one goes with the last of all.
 *
 * <p>Owned by the caller, thread-safe.
 */
public final class Environment implements AutoCloseable {
    private final SharedEnvironment shared;
    private final Lifetime lifetime = new Lifetime("Environment");

    private Environment(SharedEnvironment shared) {
        this.shared = shared;
    }

    /**
     * Loads the library if this process has not, and creates or joins its environment. The caller closes it.
     *
     * @throws dev.zoetrope.ffm.library.NativeLibraryException if no usable library is found
     */
    @MustBeClosed
    public static Environment open(EnvironmentOptions options) {
        return new Environment(SharedEnvironment.acquire(options));
    }

    /** Version of the library, for example {@code 1.29.0}. */
    public String libraryVersion() {
        return shared.library().version();
    }

    /** The library file. */
    public Path libraryPath() {
        return shared.library().location().path();
    }

    /** Who chose the library file: a setting or a jar, in words. */
    public String librarySource() {
        return shared.library().location().source();
    }

    /** SHA-256 of the library file, lower-case hexadecimal. */
    public String libraryHash() {
        return shared.library().sha256();
    }

    /** The options in force, which are those of the process's first environment. */
    public EnvironmentOptions options() {
        return shared.options();
    }

    /** Execution providers compiled into the library, for example {@code CPUExecutionProvider}, best first. */
    public List<String> availableProviders() {
        lifetime.enter();
        try {
            return new EnvironmentCalls(shared.library()).availableProviders();
        } finally {
            lifetime.leave();
        }
    }

    /** The shared environment with one more user, whom the caller must release. */
    SharedEnvironment retain() {
        lifetime.enter();
        try {
            shared.retain();
            return shared;
        } finally {
            lifetime.leave();
        }
    }

    /** Gives the share back. Closing twice is harmless. */
    @Override
    public void close() {
        if (lifetime.beginClose()) {
            lifetime.awaitIdle();
            shared.release();
            lifetime.endClose();
        }
    }
}
