package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The C functions about the process-wide environment. */
final class EnvironmentCalls {
    private final OrtLibrary library;
    private final MemorySegment api;

    EnvironmentCalls(OrtLibrary library) {
        this.library = library;
        this.api = library.api();
    }

    /** Creates an {@code OrtEnv} with a global thread pool, telemetry off, logging to {@link NativeLog}. */
    MemorySegment create(EnvironmentOptions options) {
        MemorySegment threading = library.create(
                "CreateThreadingOptions",
                "",
                out -> OrtApi.CreateThreadingOptions.invoke(OrtApi.CreateThreadingOptions(api), out));
        try (Arena scratch = Arena.ofConfined()) {
            configure(threading, options);
            MemorySegment identifier = NativeText.allocate(scratch, "zoetrope");
            MemorySegment environment = library.create(
                    "CreateEnvWithCustomLoggerAndGlobalThreadPools",
                    "",
                    out -> OrtApi.CreateEnvWithCustomLoggerAndGlobalThreadPools.invoke(
                            OrtApi.CreateEnvWithCustomLoggerAndGlobalThreadPools(api),
                            NativeLog.function(),
                            MemorySegment.NULL,
                            options.logLevel().nativeCode(),
                            identifier,
                            threading,
                            out));
            disableTelemetry(environment);
            return environment;
        } finally {
            OrtApi.ReleaseThreadingOptions.invoke(OrtApi.ReleaseThreadingOptions(api), threading);
        }
    }

    private void configure(MemorySegment threading, EnvironmentOptions options) {
        library.check(
                "SetGlobalIntraOpNumThreads",
                "",
                OrtApi.SetGlobalIntraOpNumThreads.invoke(
                        OrtApi.SetGlobalIntraOpNumThreads(api), threading, options.intraOpThreads()));
        // Operators run one after another (sequential mode): a second pool would only hold idle threads.
        library.check(
                "SetGlobalInterOpNumThreads",
                "",
                OrtApi.SetGlobalInterOpNumThreads.invoke(OrtApi.SetGlobalInterOpNumThreads(api), threading, 1));
        library.check(
                "SetGlobalSpinControl",
                "",
                OrtApi.SetGlobalSpinControl.invoke(
                        OrtApi.SetGlobalSpinControl(api), threading, options.spinning() ? 1 : 0));
    }

    private void disableTelemetry(MemorySegment environment) {
        try {
            library.check(
                    "DisableTelemetryEvents",
                    "",
                    OrtApi.DisableTelemetryEvents.invoke(OrtApi.DisableTelemetryEvents(api), environment));
        } catch (OrtException e) {
            release(environment);
            throw e;
        }
    }

    void release(MemorySegment environment) {
        OrtApi.ReleaseEnv.invoke(OrtApi.ReleaseEnv(api), environment);
    }

    /** Names of the execution providers that are compiled in, best first. */
    @SuppressWarnings("restricted") // the length of the native array comes beside it
    List<String> availableProviders() {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment array = scratch.allocate(ValueLayout.ADDRESS);
            MemorySegment length = scratch.allocate(ValueLayout.JAVA_INT);
            library.check(
                    "GetAvailableProviders",
                    "",
                    OrtApi.GetAvailableProviders.invoke(OrtApi.GetAvailableProviders(api), array, length));
            int count = length.get(ValueLayout.JAVA_INT, 0);
            MemorySegment pointers =
                    array.get(ValueLayout.ADDRESS, 0).reinterpret(count * ValueLayout.ADDRESS.byteSize());
            List<String> names = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                names.add(NativeText.read(pointers.getAtIndex(ValueLayout.ADDRESS, i)));
            }
            library.check(
                    "ReleaseAvailableProviders",
                    "",
                    OrtApi.ReleaseAvailableProviders.invoke(OrtApi.ReleaseAvailableProviders(api), pointers, count));
            return List.copyOf(names);
        }
    }
}
