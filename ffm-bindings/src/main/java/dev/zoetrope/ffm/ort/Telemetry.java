package dev.zoetrope.ffm.ort;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Keeps the library's telemetry off from before it starts.
 *
 * <p>The published Linux builds (seen in 1.29.0) set up a telemetry client while an environment is created: it looks for
 * certificates to upload with, writes a device identifier, and runs a backtracking regular expression over the process's
 * command line, which on a JVM with a class path of some 3,800 characters overflows a stack of 1 MiB and kills the
 * process. {@code DisableTelemetryEvents} comes too late, as it needs the environment. The library reads the variable
 * {@value #VARIABLE} of the process's native environment, which Java cannot change except through the C library.
 */
final class Telemetry {
    static final String VARIABLE = "ORT_DISABLE_TELEMETRY";

    private Telemetry() {}

    /** Sets the variable, unless somebody has set it to something. */
    static void disable() {
        Linker linker = Linker.nativeLinker();
        SymbolLookup standard = linker.defaultLookup();
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment name = scratch.allocateFrom(VARIABLE);
            MemorySegment value = scratch.allocateFrom("1");
            Optional<MemorySegment> setenv = standard.find("setenv");
            if (setenv.isPresent()) {
                int code = (int) handle(
                                linker,
                                setenv.get(),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_INT))
                        .invokeExact(name, value, 0);
                warnUnlessZero(code);
                return;
            }
            Optional<MemorySegment> putenv = standard.find("_putenv_s"); // Windows
            if (putenv.isPresent()) {
                int code = (int) handle(
                                linker,
                                putenv.get(),
                                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS))
                        .invokeExact(name, value);
                warnUnlessZero(code);
            }
        } catch (Throwable failure) {
            throw new IllegalStateException("setting " + VARIABLE + " failed", failure);
        }
    }

    private static void warnUnlessZero(int code) {
        if (code != 0) {
            System.getLogger(NativeLog.LOGGER_NAME)
                    .log(System.Logger.Level.WARNING, "setting {0} failed with code {1}", VARIABLE, code);
        }
    }

    @SuppressWarnings("restricted") // a call of the C library with the signature of its manual page
    private static MethodHandle handle(Linker linker, MemorySegment function, FunctionDescriptor descriptor) {
        return linker.downcallHandle(function, descriptor);
    }
}
