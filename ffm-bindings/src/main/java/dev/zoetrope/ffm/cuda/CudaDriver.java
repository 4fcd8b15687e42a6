package dev.zoetrope.ffm.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the CUDA driver library, bound by hand: about two dozen, of plain types.
 *
 * <p>Names are the exported ones; since CUDA 4 many carry a version suffix, and a name without it is an older function
 * with other types. The types are those of {@code cuda.h} of CUDA 13.0: {@code CUdevice} is an int, {@code CUdeviceptr}
 * an unsigned 64-bit integer, contexts, streams and events are pointers, every function returns an int.
 */
final class CudaDriver {
    static final int DEVICE_ATTRIBUTE_COMPUTE_MAJOR = 75;
    static final int DEVICE_ATTRIBUTE_COMPUTE_MINOR = 76;
    static final int HOST_ALLOCATION_PORTABLE = 1;
    static final int HOST_ALLOCATION_DEVICE_MAP = 2;
    static final int STREAM_NON_BLOCKING = 1;
    static final int EVENT_BLOCKING_SYNC = 1;
    static final int EVENT_DISABLE_TIMING = 2;
    static final int NOT_READY = 600;

    private static @Nullable CudaDriver instance;

    private final MethodHandle getErrorName;
    private final MethodHandle getErrorString;
    private final MethodHandle driverGetVersion;
    private final MethodHandle deviceGetCount;
    private final MethodHandle deviceGet;
    private final MethodHandle deviceGetName;
    private final MethodHandle deviceGetAttribute;
    private final MethodHandle deviceTotalMem;
    private final MethodHandle primaryContextRetain;
    private final MethodHandle primaryContextRelease;
    private final MethodHandle contextSetCurrent;
    private final MethodHandle memGetInfo;
    private final MethodHandle memAlloc;
    private final MethodHandle memFree;
    private final MethodHandle memHostAlloc;
    private final MethodHandle memHostGetDevicePointer;
    private final MethodHandle memFreeHost;
    private final MethodHandle memcpyHostToDevice;
    private final MethodHandle memcpyDeviceToHost;
    private final MethodHandle streamCreate;
    private final MethodHandle streamWaitEvent;
    private final MethodHandle streamDestroy;
    private final MethodHandle eventCreate;
    private final MethodHandle eventRecord;
    private final MethodHandle eventQuery;
    private final MethodHandle eventSynchronize;
    private final MethodHandle eventElapsedTime;
    private final MethodHandle eventDestroy;

    CudaDriver(SymbolLookup symbols) {
        getErrorName = handle(symbols, "cuGetErrorName", JAVA_INT, ADDRESS);
        getErrorString = handle(symbols, "cuGetErrorString", JAVA_INT, ADDRESS);
        driverGetVersion = handle(symbols, "cuDriverGetVersion", ADDRESS);
        deviceGetCount = handle(symbols, "cuDeviceGetCount", ADDRESS);
        deviceGet = handle(symbols, "cuDeviceGet", ADDRESS, JAVA_INT);
        deviceGetName = handle(symbols, "cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
        deviceGetAttribute = handle(symbols, "cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
        deviceTotalMem = handle(symbols, "cuDeviceTotalMem_v2", ADDRESS, JAVA_INT);
        primaryContextRetain = handle(symbols, "cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        primaryContextRelease = handle(symbols, "cuDevicePrimaryCtxRelease_v2", JAVA_INT);
        contextSetCurrent = handle(symbols, "cuCtxSetCurrent", ADDRESS);
        memGetInfo = handle(symbols, "cuMemGetInfo_v2", ADDRESS, ADDRESS);
        memAlloc = handle(symbols, "cuMemAlloc_v2", ADDRESS, JAVA_LONG);
        memFree = handle(symbols, "cuMemFree_v2", JAVA_LONG);
        memHostAlloc = handle(symbols, "cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
        memHostGetDevicePointer = handle(symbols, "cuMemHostGetDevicePointer_v2", ADDRESS, ADDRESS, JAVA_INT);
        memFreeHost = handle(symbols, "cuMemFreeHost", ADDRESS);
        memcpyHostToDevice = handle(symbols, "cuMemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        memcpyDeviceToHost = handle(symbols, "cuMemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);
        streamCreate = handle(symbols, "cuStreamCreate", ADDRESS, JAVA_INT);
        streamWaitEvent = handle(symbols, "cuStreamWaitEvent", ADDRESS, ADDRESS, JAVA_INT);
        streamDestroy = handle(symbols, "cuStreamDestroy_v2", ADDRESS);
        eventCreate = handle(symbols, "cuEventCreate", ADDRESS, JAVA_INT);
        eventRecord = handle(symbols, "cuEventRecord", ADDRESS, ADDRESS);
        eventQuery = handle(symbols, "cuEventQuery", ADDRESS);
        eventSynchronize = handle(symbols, "cuEventSynchronize", ADDRESS);
        eventElapsedTime = handle(symbols, "cuEventElapsedTime", ADDRESS, ADDRESS, ADDRESS);
        eventDestroy = handle(symbols, "cuEventDestroy_v2", ADDRESS);
        call("cuInit", handle(symbols, "cuInit", JAVA_INT), 0);
    }

    /** The driver, loaded and initialised once; a failed attempt is not remembered. */
    static synchronized CudaDriver load() {
        CudaDriver loaded = instance;
        if (loaded == null) {
            loaded = load(libraryName());
            instance = loaded;
        }
        return loaded;
    }

    static String libraryName() {
        return System.getProperty("os.name", "").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1";
    }

    @SuppressWarnings("restricted") // the driver's library, which the system's loader finds by its name
    static CudaDriver load(String libraryName) {
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(libraryName, Arena.global());
        } catch (IllegalArgumentException e) {
            var failure = new CudaException(
                    "",
                    -1,
                    "no NVIDIA driver: " + libraryName + " not found; install NVIDIA's driver (in a container: start it"
                            + " with GPU access), or use the CPU provider");
            failure.initCause(e);
            throw failure;
        }
        return new CudaDriver(symbols);
    }

    @SuppressWarnings("restricted") // types are given in the constructor, beside the names
    private static MethodHandle handle(SymbolLookup symbols, String name, MemoryLayout... parameters) {
        // A driver that dropped an older form of a function has the second, of the same type, if it has any.
        MemorySegment function = symbols.find(name)
                .or(() -> symbols.find(name + "_v2"))
                .orElseThrow(() -> new CudaException(
                        name,
                        -1,
                        "NVIDIA driver: expected the function " + name + ", found a " + libraryName()
                                + " without it; the driver is too old, or the library is a stub"));
        return Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(JAVA_INT, parameters));
    }

    /** Calls a function and throws what it returns, if that is an error. */
    private void call(String name, MethodHandle handle, Object... arguments) {
        int code = callForCode(handle, arguments);
        if (code != 0) {
            throw new CudaException(name, code, name + ": " + describe(code));
        }
    }

    private static int callForCode(MethodHandle handle, Object... arguments) {
        try {
            // Not the fastest way, but each of these calls takes microseconds by itself or waits for the GPU.
            return (int) handle.invokeWithArguments(arguments);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws no checked exception", e);
        }
    }

    private String describe(int code) {
        String name = text(getErrorName, code);
        String meaning = text(getErrorString, code);
        String cure = switch (code) {
            case 2 -> "; use a smaller size, or free GPU memory";
            case 100 -> "; check the GPU with nvidia-smi, or use the CPU provider";
            case 803, 804 -> "; the driver and the kernel module differ: restart the machine";
            default -> "";
        };
        return "CUDA error " + code + " " + name + " (" + meaning + ")" + cure;
    }

    private static String text(MethodHandle function, int code) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ADDRESS);
            return callForCode(function, code, out) == 0 ? NativeText.read(out.get(ADDRESS, 0)) : "unknown";
        }
    }

    private int number(String name, UnaryOperator<Object[]> arguments, MethodHandle handle) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(JAVA_INT);
            call(name, handle, arguments.apply(new Object[] {out}));
            return out.get(JAVA_INT, 0);
        }
    }

    private MemorySegment pointer(String name, MethodHandle handle, Object... rest) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ADDRESS);
            call(name, handle, withFirst(out, rest));
            return out.get(ADDRESS, 0);
        }
    }

    private static Object[] withFirst(Object first, Object... rest) {
        Object[] all = new Object[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    /** 1000 times the major version plus 10 times the minor one. */
    int driverVersion() {
        return number("cuDriverGetVersion", out -> out, driverGetVersion);
    }

    int deviceCount() {
        return number("cuDeviceGetCount", out -> out, deviceGetCount);
    }

    int device(int ordinal) {
        return number("cuDeviceGet", out -> withFirst(out[0], ordinal), deviceGet);
    }

    String deviceName(int device) {
        int capacity = 256;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(capacity);
            call("cuDeviceGetName", deviceGetName, out, capacity, device);
            return out.getString(0);
        }
    }

    int deviceAttribute(int attribute, int device) {
        return number("cuDeviceGetAttribute", out -> withFirst(out[0], attribute, device), deviceGetAttribute);
    }

    long deviceTotalBytes(int device) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(JAVA_LONG);
            call("cuDeviceTotalMem_v2", deviceTotalMem, out, device);
            return out.get(JAVA_LONG, 0);
        }
    }

    MemorySegment retainPrimaryContext(int device) {
        return pointer("cuDevicePrimaryCtxRetain", primaryContextRetain, device);
    }

    void releasePrimaryContext(int device) {
        call("cuDevicePrimaryCtxRelease_v2", primaryContextRelease, device);
    }

    void setCurrent(MemorySegment context) {
        call("cuCtxSetCurrent", contextSetCurrent, context);
    }

    CudaMemoryInfo memoryInfo() {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment free = scratch.allocate(JAVA_LONG);
            MemorySegment total = scratch.allocate(JAVA_LONG);
            call("cuMemGetInfo_v2", memGetInfo, free, total);
            return new CudaMemoryInfo(free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0));
        }
    }

    long allocate(long byteSize) {
        return pointer("cuMemAlloc_v2", memAlloc, byteSize).address();
    }

    void free(long devicePointer) {
        call("cuMemFree_v2", memFree, devicePointer);
    }

    MemorySegment allocateHost(long byteSize, int flags) {
        return pointer("cuMemHostAlloc", memHostAlloc, byteSize, flags);
    }

    long hostDevicePointer(MemorySegment host) {
        return pointer("cuMemHostGetDevicePointer_v2", memHostGetDevicePointer, host, 0)
                .address();
    }

    void freeHost(MemorySegment host) {
        call("cuMemFreeHost", memFreeHost, host);
    }

    void copyToDevice(long target, MemorySegment source, long byteSize, MemorySegment stream) {
        call("cuMemcpyHtoDAsync_v2", memcpyHostToDevice, target, source, byteSize, stream);
    }

    void copyToHost(MemorySegment target, long source, long byteSize, MemorySegment stream) {
        call("cuMemcpyDtoHAsync_v2", memcpyDeviceToHost, target, source, byteSize, stream);
    }

    MemorySegment createStream() {
        return pointer("cuStreamCreate", streamCreate, STREAM_NON_BLOCKING);
    }

    void streamWaitEvent(MemorySegment stream, MemorySegment event) {
        call("cuStreamWaitEvent", streamWaitEvent, stream, event, 0);
    }

    void destroyStream(MemorySegment stream) {
        call("cuStreamDestroy_v2", streamDestroy, stream);
    }

    MemorySegment createEvent(int flags) {
        return pointer("cuEventCreate", eventCreate, flags);
    }

    void recordEvent(MemorySegment event, MemorySegment stream) {
        call("cuEventRecord", eventRecord, event, stream);
    }

    boolean isEventDone(MemorySegment event) {
        int code = callForCode(eventQuery, event);
        if (code != 0 && code != NOT_READY) {
            throw new CudaException("cuEventQuery", code, "cuEventQuery: " + describe(code));
        }
        return code == 0;
    }

    void synchronizeEvent(MemorySegment event) {
        call("cuEventSynchronize", eventSynchronize, event);
    }

    float elapsedMilliseconds(MemorySegment start, MemorySegment end) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(JAVA_FLOAT);
            call("cuEventElapsedTime", eventElapsedTime, out, start, end);
            return out.get(JAVA_FLOAT, 0);
        }
    }

    void destroyEvent(MemorySegment event) {
        call("cuEventDestroy_v2", eventDestroy, event);
    }
}
