package dev.zoetrope.ffm.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CudaTest {
    @Test
    void saysWhatIsMissingWithoutADriver() {
        var failure = assertThrows(CudaException.class, () -> CudaDriver.load("libcuda-not-here.so.1"));
        assertEquals(
                "no NVIDIA driver: libcuda-not-here.so.1 not found; install NVIDIA's driver (in a container: start it"
                        + " with GPU access), or use the CPU provider",
                failure.getMessage());
        assertEquals(-1, failure.code());
    }

    @Test
    void saysWhichFunctionAnotherLibraryLacks() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "needs a library that is on every Linux");
        var failure = assertThrows(CudaException.class, () -> CudaDriver.load("libc.so.6"));
        assertEquals("cuGetErrorName", failure.call());
        assertTrue(
                failure.getMessage().startsWith("NVIDIA driver: expected the function cuGetErrorName"),
                failure.getMessage());
    }

    @Test
    void statusAndOpenAgree() {
        switch (Cuda.status()) {
            case CudaStatus.Missing missing -> {
                assertFalse(missing.reason().isBlank());
                assertEquals(
                        missing.reason(),
                        assertThrows(CudaException.class, Cuda::open).getMessage());
            }
            case CudaStatus.Available available -> {
                assertEquals(available.devices(), Cuda.open().devices());
                assertTrue(available.driverVersion().matches("\\d+\\.\\d+"), available.driverVersion());
            }
        }
    }

    @Test
    @Tag("gpu")
    @SuppressWarnings("try") // closes one context early: that is part of the test
    void mappedMemoryStreamsAndEventsWorkOnAGpu() {
        assumeTrue(
                Cuda.status() instanceof CudaStatus.Available available
                        && !available.devices().isEmpty(),
                "needs a GPU");
        Cuda cuda = Cuda.open();
        try (var context = cuda.openContext(0);
                var mapped = context.allocateMapped(4096);
                var device = context.allocateDevice(4096);
                var stream = context.createStream();
                var start = context.createTimingEvent();
                var end = context.createTimingEvent();
                Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(4096);
            assertTrue(context.memoryInfo().freeBytes() > 0);
            assertEquals(0, mapped.segment().get(ValueLayout.JAVA_INT, 4000));
            mapped.segment().fill((byte) 42);
            start.record(stream);
            device.copyFrom(mapped.segment(), stream);
            device.copyTo(result, stream);
            end.record(stream);
            end.synchronize();
            assertTrue(end.isDone());
            assertTrue(end.millisecondsSince(start) >= 0);
            assertEquals(-1, mapped.segment().mismatch(result));
            assertTrue(mapped.devicePointer() != 0);
        }
        try (var context = cuda.openContext(0)) {
            context.close();
            var failure = assertThrows(IllegalStateException.class, context::makeCurrent);
            assertEquals("CudaContext of GPU 0: expected open, found closed", failure.getMessage());
        }
        assertInstanceOf(
                IllegalArgumentException.class,
                assertThrows(
                        RuntimeException.class, () -> cuda.openContext(9999).close()));
    }
}
