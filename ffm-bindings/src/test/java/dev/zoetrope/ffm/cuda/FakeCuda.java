package dev.zoetrope.ffm.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for the NVIDIA driver, for the host's side of what needs a GPU: memory, streams, events, contexts. It runs
 * no kernels and says nothing of speed.
 *
 * <p>Its functions are called through the same linker and with the same types as the driver's. Memory "on the GPU" is
 * host memory whose addresses are moved by {@link #DEVICE_OFFSET}, so that a device pointer taken for a host pointer, or
 * the other way round, is noticed. Queued work is done when somebody waits for it, and not before: code that reads a
 * result too early reads the old bytes. Like the driver it returns 201 to a thread without a current context, 400 for a
 * handle it does not know and 1 for an address it did not hand out.
 *
 * <p>Stubs are never freed, as the driver is never unloaded.
 */
@SuppressWarnings({"restricted", "MustBeClosed"}) // C's side: pointers without a length, memory freed by another call
public final class FakeCuda implements SymbolLookup {
    /** What a device pointer is more than the host address behind it; no valid address of a process. */
    public static final long DEVICE_OFFSET = 1L << 60;

    public static final int INVALID_VALUE = 1;
    public static final int OUT_OF_MEMORY = 2;
    public static final int NO_DEVICE = 100;
    public static final int INVALID_CONTEXT = 201;
    public static final int INVALID_HANDLE = 400;
    public static final int NOT_READY = 600;

    private static final int EVENT_DISABLE_TIMING = 2;
    private static final long NANOS_PER_OPERATION = 1_000_000;

    private record Allocation(Arena arena, MemorySegment host, boolean mapped) {}

    private static final class Stream {
        private final Deque<Runnable> queue = new ArrayDeque<>();
        private long queued;
        private long done;
    }

    private static final class Event {
        private final int flags;
        private @Nullable Stream stream;
        private long position;
        private long nanos;

        private Event(int flags) {
            this.flags = flags;
        }

        private boolean isPassed() {
            return left() == 0;
        }

        /** Operations of its stream before the mark is passed. */
        private long left() {
            Stream recorded = stream;
            return recorded == null ? 0 : Math.max(0, position - recorded.done);
        }
    }

    private final int devices;
    private final long memoryBytes;
    private final Map<String, MemorySegment> functions = new HashMap<>();
    private final Map<String, Integer> calls = new TreeMap<>();
    private final Map<String, Integer> failures = new HashMap<>();
    private final Map<Long, Allocation> allocations = new TreeMap<>();
    private final Map<Long, Stream> streams = new HashMap<>();
    private final Map<Long, Event> events = new HashMap<>();
    private final Map<Integer, Integer> contexts = new HashMap<>();
    private final ThreadLocal<Long> current = ThreadLocal.withInitial(() -> 0L);
    private long nextHandle = 0x1000;
    private long clockNanos;
    private long bytesToDevice;
    private long bytesToHost;

    private FakeCuda(int devices, long memoryBytes) {
        this.devices = devices;
        this.memoryBytes = memoryBytes;
        for (Method method : FakeCuda.class.getDeclaredMethods()) {
            if (method.getName().startsWith("cu")) {
                functions.put(method.getName(), stub(method));
            }
        }
    }

    /** A driver with one GPU of compute capability 9.0 that has so much memory. */
    public static FakeCuda withMemory(long bytes) {
        return new FakeCuda(1, bytes);
    }

    /** A driver with several GPUs, or none. */
    public static FakeCuda withDevices(int count) {
        return new FakeCuda(count, 1L << 30);
    }

    /** This driver as the bindings open it. */
    public Cuda open() {
        return Cuda.of(this);
    }

    /** From now on the function returns this code and does nothing; 0 ends that. */
    public synchronized void fail(String function, int code) {
        if (!functions.containsKey(function)) {
            throw new IllegalArgumentException(
                    "function: expected one of " + functions.keySet() + ", found " + function);
        }
        failures.put(function, code);
    }

    /** How often a function was called, also in vain. */
    public synchronized int calls(String function) {
        return calls.getOrDefault(function, 0);
    }

    /** Allocations that are not freed, on the GPU and mapped. */
    public synchronized int liveAllocations() {
        return allocations.size();
    }

    /** Bytes on the GPU that are not freed. */
    public synchronized long liveDeviceBytes() {
        return allocations.values().stream()
                .filter(allocation -> !allocation.mapped())
                .mapToLong(allocation -> allocation.host().byteSize())
                .sum();
    }

    /** Streams that are not destroyed. */
    public synchronized int liveStreams() {
        return streams.size();
    }

    /** Events that are not destroyed; each {@link CudaStream} has one of its own. */
    public synchronized int liveEvents() {
        return events.size();
    }

    /** Shares in primary contexts that were not given back. */
    public synchronized int liveContexts() {
        return contexts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Bytes copied to GPUs so far; copies that are only queued do not count. */
    public synchronized long bytesToDevice() {
        return bytesToDevice;
    }

    /** Bytes copied from GPUs so far; copies that are only queued do not count. */
    public synchronized long bytesToHost() {
        return bytesToHost;
    }

    /** What lies at a device pointer. */
    public synchronized MemorySegment at(long devicePointer, long byteSize) {
        MemorySegment host = host(devicePointer, byteSize);
        if (host == null) {
            throw new IllegalArgumentException("device pointer: expected " + byteSize
                    + " bytes of live memory, found 0x" + Long.toHexString(devicePointer));
        }
        return host;
    }

    @Override
    public Optional<MemorySegment> find(String name) {
        return Optional.ofNullable(functions.get(name));
    }

    private MemorySegment stub(Method method) {
        try {
            var handle = MethodHandles.lookup().unreflect(method).bindTo(this);
            MemoryLayout[] parameters = new MemoryLayout[method.getParameterCount()];
            for (int i = 0; i < parameters.length; i++) {
                Class<?> type = method.getParameterTypes()[i];
                parameters[i] = type == int.class
                        ? ValueLayout.JAVA_INT
                        : type == long.class ? ValueLayout.JAVA_LONG : ValueLayout.ADDRESS;
            }
            return Linker.nativeLinker()
                    .upcallStub(handle, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters), Arena.global());
        } catch (IllegalAccessException e) {
            throw new AssertionError("its own methods are accessible", e);
        }
    }

    /** Counts a call and says what it must return instead of working, or 0. */
    private int enter(String function, boolean inContext) {
        calls.merge(function, 1, Integer::sum);
        int failure = failures.getOrDefault(function, 0);
        return failure != 0 || !inContext || current.get() != 0 ? failure : INVALID_CONTEXT;
    }

    private static void put(MemorySegment out, long value) {
        out.reinterpret(Long.BYTES).set(ValueLayout.JAVA_LONG, 0, value);
    }

    private static void put(MemorySegment out, int value) {
        out.reinterpret(Integer.BYTES).set(ValueLayout.JAVA_INT, 0, value);
    }

    private @Nullable MemorySegment host(long devicePointer, long byteSize) {
        long address = devicePointer - DEVICE_OFFSET;
        for (Allocation allocation : allocations.values()) {
            long offset = address - allocation.host().address();
            if (offset >= 0 && offset + byteSize <= allocation.host().byteSize()) {
                return allocation.host().asSlice(offset, byteSize);
            }
        }
        return null;
    }

    private void enqueue(Stream stream, Runnable work) {
        stream.queue.add(work);
        stream.queued++;
    }

    private void drain(Stream stream, long position) {
        while (stream.done < position) {
            stream.queue.remove().run();
            clockNanos += NANOS_PER_OPERATION;
            stream.done++;
        }
    }

    synchronized int cuInit(int flags) {
        int failure = enter("cuInit", false);
        return failure != 0 || devices > 0 ? failure : NO_DEVICE;
    }

    synchronized int cuGetErrorName(int code, MemorySegment out) {
        String name = switch (code) {
            case INVALID_VALUE -> "CUDA_ERROR_INVALID_VALUE";
            case OUT_OF_MEMORY -> "CUDA_ERROR_OUT_OF_MEMORY";
            case NO_DEVICE -> "CUDA_ERROR_NO_DEVICE";
            case INVALID_CONTEXT -> "CUDA_ERROR_INVALID_CONTEXT";
            case INVALID_HANDLE -> "CUDA_ERROR_INVALID_HANDLE";
            case NOT_READY -> "CUDA_ERROR_NOT_READY";
            default -> "CUDA_ERROR_UNKNOWN";
        };
        out.reinterpret(Long.BYTES).set(ValueLayout.ADDRESS, 0, Arena.global().allocateFrom(name));
        return 0;
    }

    synchronized int cuGetErrorString(int code, MemorySegment out) {
        out.reinterpret(Long.BYTES).set(ValueLayout.ADDRESS, 0, Arena.global().allocateFrom("said by the stand-in"));
        return 0;
    }

    synchronized int cuDriverGetVersion(MemorySegment out) {
        put(out, 13000);
        return enter("cuDriverGetVersion", false);
    }

    synchronized int cuDeviceGetCount(MemorySegment out) {
        put(out, devices);
        return enter("cuDeviceGetCount", false);
    }

    synchronized int cuDeviceGet(MemorySegment out, int ordinal) {
        put(out, ordinal);
        return enter("cuDeviceGet", false);
    }

    synchronized int cuDeviceGetName(MemorySegment out, int capacity, int device) {
        out.reinterpret(capacity).setString(0, "Stand-in " + device);
        return enter("cuDeviceGetName", false);
    }

    synchronized int cuDeviceGetAttribute(MemorySegment out, int attribute, int device) {
        put(out, attribute == CudaDriver.DEVICE_ATTRIBUTE_COMPUTE_MAJOR ? 9 : 0);
        return enter("cuDeviceGetAttribute", false);
    }

    synchronized int cuDeviceTotalMem_v2(MemorySegment out, int device) {
        put(out, memoryBytes);
        return enter("cuDeviceTotalMem_v2", false);
    }

    synchronized int cuDevicePrimaryCtxRetain(MemorySegment out, int device) {
        int failure = enter("cuDevicePrimaryCtxRetain", false);
        if (failure == 0) {
            contexts.merge(device, 1, Integer::sum);
            put(out, 0x100L + device);
        }
        return failure;
    }

    synchronized int cuDevicePrimaryCtxRelease_v2(int device) {
        int failure = enter("cuDevicePrimaryCtxRelease_v2", false);
        if (failure != 0) {
            return failure;
        }
        return contexts.computeIfPresent(device, (same, shares) -> shares == 0 ? null : shares - 1) == null
                ? INVALID_CONTEXT
                : 0;
    }

    synchronized int cuCtxSetCurrent(MemorySegment context) {
        int failure = enter("cuCtxSetCurrent", false);
        int device = Math.toIntExact(context.address() - 0x100);
        if (failure == 0 && contexts.getOrDefault(device, 0) == 0) {
            return INVALID_CONTEXT;
        }
        current.set(context.address());
        return failure;
    }

    synchronized int cuMemGetInfo_v2(MemorySegment free, MemorySegment total) {
        put(free, memoryBytes - liveDeviceBytes());
        put(total, memoryBytes);
        return enter("cuMemGetInfo_v2", true);
    }

    synchronized int cuMemAlloc_v2(MemorySegment out, long byteSize) {
        int failure = enter("cuMemAlloc_v2", true);
        if (failure != 0) {
            return failure;
        }
        if (byteSize == 0) {
            return INVALID_VALUE;
        }
        if (liveDeviceBytes() + byteSize > memoryBytes) {
            return OUT_OF_MEMORY;
        }
        put(out, allocate(byteSize, false).address() + DEVICE_OFFSET);
        return 0;
    }

    private MemorySegment allocate(long byteSize, boolean mapped) {
        Arena arena = Arena.ofShared();
        MemorySegment host = arena.allocate(byteSize, 256).fill((byte) 0xA5);
        allocations.put(host.address(), new Allocation(arena, host, mapped));
        return host;
    }

    synchronized int cuMemFree_v2(long devicePointer) {
        int failure = enter("cuMemFree_v2", true);
        return failure != 0 ? failure : free(devicePointer - DEVICE_OFFSET, false);
    }

    private int free(long address, boolean mapped) {
        Allocation allocation = allocations.get(address);
        if (allocation == null || allocation.mapped() != mapped) {
            return INVALID_VALUE;
        }
        // As the driver: memory is freed behind everything that was queued.
        streams.values().forEach(stream -> drain(stream, stream.queued));
        allocations.remove(address);
        allocation.arena().close();
        return 0;
    }

    synchronized int cuMemHostAlloc(MemorySegment out, long byteSize, int flags) {
        int failure = enter("cuMemHostAlloc", true);
        if (failure != 0) {
            return failure;
        }
        if (byteSize == 0) {
            return INVALID_VALUE;
        }
        put(out, allocate(byteSize, true).address());
        return 0;
    }

    synchronized int cuMemHostGetDevicePointer_v2(MemorySegment out, MemorySegment host, int flags) {
        int failure = enter("cuMemHostGetDevicePointer_v2", true);
        if (failure != 0) {
            return failure;
        }
        Allocation allocation = allocations.get(host.address());
        if (allocation == null || !allocation.mapped()) {
            return INVALID_VALUE;
        }
        put(out, host.address() + DEVICE_OFFSET);
        return 0;
    }

    synchronized int cuMemFreeHost(MemorySegment host) {
        int failure = enter("cuMemFreeHost", true);
        return failure != 0 ? failure : free(host.address(), true);
    }

    synchronized int cuMemcpyHtoDAsync_v2(long target, MemorySegment source, long byteSize, MemorySegment queue) {
        int failure = enter("cuMemcpyHtoDAsync_v2", true);
        Stream stream = streams.get(queue.address());
        MemorySegment to = host(target, byteSize);
        if (failure != 0 || stream == null || to == null) {
            return failure != 0 ? failure : stream == null ? INVALID_HANDLE : INVALID_VALUE;
        }
        MemorySegment from = source.reinterpret(byteSize);
        // As the driver: what is not page-locked is read before the call returns.
        boolean pinned = host(source.address() + DEVICE_OFFSET, byteSize) != null;
        MemorySegment read = pinned ? from : MemorySegment.ofArray(from.toArray(ValueLayout.JAVA_BYTE));
        enqueue(stream, () -> {
            to.copyFrom(read);
            bytesToDevice += byteSize;
        });
        return 0;
    }

    synchronized int cuMemcpyDtoHAsync_v2(MemorySegment target, long source, long byteSize, MemorySegment queue) {
        int failure = enter("cuMemcpyDtoHAsync_v2", true);
        Stream stream = streams.get(queue.address());
        MemorySegment from = host(source, byteSize);
        if (failure != 0 || stream == null || from == null) {
            return failure != 0 ? failure : stream == null ? INVALID_HANDLE : INVALID_VALUE;
        }
        MemorySegment to = target.reinterpret(byteSize);
        enqueue(stream, () -> {
            to.copyFrom(from);
            bytesToHost += byteSize;
        });
        return 0;
    }

    synchronized int cuStreamCreate(MemorySegment out, int flags) {
        int failure = enter("cuStreamCreate", true);
        if (failure == 0) {
            streams.put(nextHandle, new Stream());
            put(out, nextHandle++);
        }
        return failure;
    }

    synchronized int cuStreamWaitEvent(MemorySegment queue, MemorySegment mark, int flags) {
        int failure = enter("cuStreamWaitEvent", true);
        Stream stream = streams.get(queue.address());
        Event event = events.get(mark.address());
        if (failure != 0 || stream == null || event == null) {
            return failure != 0 ? failure : INVALID_HANDLE;
        }
        Stream other = event.stream;
        long position = event.position;
        if (other != null && other != stream) {
            enqueue(stream, () -> drain(other, position));
        }
        return 0;
    }

    synchronized int cuStreamDestroy_v2(MemorySegment queue) {
        int failure = enter("cuStreamDestroy_v2", true);
        return failure != 0 || streams.remove(queue.address()) != null ? failure : INVALID_HANDLE;
    }

    synchronized int cuEventCreate(MemorySegment out, int flags) {
        int failure = enter("cuEventCreate", true);
        if (failure == 0) {
            events.put(nextHandle, new Event(flags));
            put(out, nextHandle++);
        }
        return failure;
    }

    synchronized int cuEventRecord(MemorySegment mark, MemorySegment queue) {
        int failure = enter("cuEventRecord", true);
        Stream stream = streams.get(queue.address());
        Event event = events.get(mark.address());
        if (failure != 0 || stream == null || event == null) {
            return failure != 0 ? failure : INVALID_HANDLE;
        }
        enqueue(stream, () -> event.nanos = clockNanos);
        event.stream = stream;
        event.position = stream.queued;
        return 0;
    }

    synchronized int cuEventQuery(MemorySegment mark) {
        int failure = enter("cuEventQuery", true);
        Event event = events.get(mark.address());
        if (failure != 0 || event == null) {
            return failure != 0 ? failure : INVALID_HANDLE;
        }
        Stream stream = event.stream;
        if (stream == null || event.isPassed()) {
            return 0;
        }
        // The work goes on while somebody asks.
        drain(stream, stream.done + 1);
        return NOT_READY;
    }

    synchronized int cuEventSynchronize(MemorySegment mark) {
        int failure = enter("cuEventSynchronize", true);
        Event event = events.get(mark.address());
        if (failure != 0 || event == null) {
            return failure != 0 ? failure : INVALID_HANDLE;
        }
        Stream stream = event.stream;
        if (stream != null) {
            drain(stream, event.position);
        }
        return 0;
    }

    synchronized int cuEventElapsedTime(MemorySegment out, MemorySegment start, MemorySegment end) {
        int failure = enter("cuEventElapsedTime", true);
        Event first = events.get(start.address());
        Event last = events.get(end.address());
        if (failure != 0 || first == null || last == null) {
            return failure != 0 ? failure : INVALID_HANDLE;
        }
        if (((first.flags | last.flags) & EVENT_DISABLE_TIMING) != 0) {
            return INVALID_HANDLE;
        }
        if (!first.isPassed() || !last.isPassed()) {
            return NOT_READY;
        }
        out.reinterpret(Float.BYTES).set(ValueLayout.JAVA_FLOAT, 0, (last.nanos - first.nanos) / 1e6f);
        return 0;
    }

    synchronized int cuEventDestroy_v2(MemorySegment mark) {
        int failure = enter("cuEventDestroy_v2", true);
        return failure != 0 || events.remove(mark.address()) != null ? failure : INVALID_HANDLE;
    }
}
