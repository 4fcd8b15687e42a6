package dev.zoetrope.ffm.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The C library's heap, which keeps what was freed until it is told otherwise. */
public final class NativeHeap {
    private static final Optional<MethodHandle> TRIM =
            Linker.nativeLinker().defaultLookup().find("malloc_trim").map(NativeHeap::handle);

    private NativeHeap() {}

    @SuppressWarnings("restricted") // the type is that of malloc.h: int malloc_trim(size_t)
    private static MethodHandle handle(MemorySegment function) {
        return Linker.nativeLinker()
                .downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    }

    /** Gives what is free back to the operating system, with glibc; other C libraries do so by themselves. */
    public static void giveBack() {
        if (TRIM.isPresent()) {
            try {
                var _ = (int) TRIM.get().invokeExact(0L);
            } catch (Throwable e) {
                throw new IllegalStateException("malloc_trim: expected it to return, found " + e, e);
            }
        }
    }
}
