package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApiBase;
import dev.zoetrope.ffm.library.LibraryLocation;
import dev.zoetrope.ffm.library.NativeLibrary;
import dev.zoetrope.ffm.library.NativeLibraryException;
import dev.zoetrope.ffm.library.OnnxRuntimeSearch;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The open ONNX Runtime library: its table of functions, and the one place where a native status is checked.
 *
 * <p>One per process, opened on first use and never closed.
 */
final class OrtLibrary {
    /** The C API this binding was generated from; each library answers for its own version and all older ones. */
    static final int API_VERSION = OnnxRuntime.ORT_API_VERSION();

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

    private static @Nullable OrtLibrary instance;

    private final NativeLibrary library;
    private final String version;
    private final MemorySegment api;

    private OrtLibrary(NativeLibrary library, String version, MemorySegment api) {
        this.library = library;
        this.version = version;
        this.api = api;
    }

    /** The library of this process; a failed attempt is not remembered, so that a corrected setting helps. */
    static synchronized OrtLibrary load() {
        OrtLibrary loaded = instance;
        if (loaded == null) {
            loaded = open(OnnxRuntimeSearch.current().find());
            instance = loaded;
        }
        return loaded;
    }

    static OrtLibrary open(LibraryLocation location) {
        NativeLibrary library = NativeLibrary.open(location);
        MemorySegment base = apiBase(library.symbol("OrtGetApiBase"));
        String version = NativeText.read(OrtApiBase.GetVersionString.invoke(OrtApiBase.GetVersionString(base)));
        // Asked before GetApi, which writes a line to stderr when it does not know the version asked for.
        requireVersion(version, location);
        MemorySegment api = OrtApiBase.GetApi.invoke(OrtApiBase.GetApi(base), API_VERSION);
        if (api.address() == 0) {
            throw new NativeLibraryException(location.describe() + ": expected C API version " + API_VERSION
                    + ", found a library of version " + version + " without it");
        }
        return new OrtLibrary(library, version, OrtApi.reinterpret(api, Arena.global(), segment -> {}));
    }

    @SuppressWarnings("restricted") // the only exported function; its type is in the header
    private static MemorySegment apiBase(MemorySegment function) {
        MethodHandle handle =
                Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            MemorySegment base = (MemorySegment) handle.invokeExact();
            return base.reinterpret(OrtApiBase.sizeof());
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws no checked exception", e);
        }
    }

    static void requireVersion(String version, LibraryLocation location) {
        Matcher matcher = VERSION.matcher(version);
        int required = API_VERSION;
        boolean good = matcher.matches()
                && (Integer.parseInt(matcher.group(1)) > 1
                        || (Integer.parseInt(matcher.group(1)) == 1 && Integer.parseInt(matcher.group(2)) >= required));
        if (!good) {
            throw new NativeLibraryException(location.describe() + ": expected ONNX Runtime 1." + required
                    + " or newer, found `" + version + "`; use the jar com.microsoft.onnxruntime:onnxruntime:1."
                    + required
                    + ".0, or point " + OnnxRuntimeSearch.VARIABLE + " to a newer library");
        }
    }

    /** The table of functions. */
    MemorySegment api() {
        return api;
    }

    String version() {
        return version;
    }

    LibraryLocation location() {
        return library.location();
    }

    String sha256() {
        return library.sha256();
    }

    /**
     * Throws if a status is an error, and frees the status.
     *
     * @param call name of the C function
     * @param model model it was called for, or empty
     * @param status what it returned: null, or an {@code OrtStatus}
     */
    void check(String call, String model, MemorySegment status) {
        if (status.address() == 0) {
            return;
        }
        int code;
        String message;
        try {
            code = OrtApi.GetErrorCode.invoke(OrtApi.GetErrorCode(api), status);
            message = NativeText.read(OrtApi.GetErrorMessage.invoke(OrtApi.GetErrorMessage(api), status));
        } finally {
            OrtApi.ReleaseStatus.invoke(OrtApi.ReleaseStatus(api), status);
        }
        throw OrtException.of(call, model, code, message, NativeLog.takeErrorOfThisThread());
    }

    /** Calls a function whose last parameter is where it puts a pointer, and returns that pointer. */
    MemorySegment create(String call, String model, UnaryOperator<MemorySegment> function) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ValueLayout.ADDRESS);
            check(call, model, function.apply(out));
            return out.get(ValueLayout.ADDRESS, 0);
        }
    }

    /** Calls a function whose last parameter is where it puts a {@code size_t} or {@code int64_t}. */
    long number(String call, String model, UnaryOperator<MemorySegment> function) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ValueLayout.JAVA_LONG);
            check(call, model, function.apply(out));
            return out.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** Calls a function whose last parameter is where it puts an enumeration constant. */
    int enumeration(String call, String model, UnaryOperator<MemorySegment> function) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ValueLayout.JAVA_INT);
            check(call, model, function.apply(out));
            return out.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** Calls a function whose last parameter is where it puts a string of the default allocator; copies and frees it. */
    String text(String call, String model, UnaryOperator<MemorySegment> function) {
        MemorySegment pointer = create(call, model, function);
        try {
            return NativeText.read(pointer);
        } finally {
            free(pointer);
        }
    }

    /** The default allocator; it lives as long as the library. */
    MemorySegment allocator() {
        return create(
                "GetAllocatorWithDefaultOptions",
                "",
                out -> OrtApi.GetAllocatorWithDefaultOptions.invoke(OrtApi.GetAllocatorWithDefaultOptions(api), out));
    }

    /** Frees memory of the default allocator; a null pointer is left alone. */
    void free(MemorySegment pointer) {
        if (pointer.address() != 0) {
            check("AllocatorFree", "", OrtApi.AllocatorFree.invoke(OrtApi.AllocatorFree(api), allocator(), pointer));
        }
    }
}
