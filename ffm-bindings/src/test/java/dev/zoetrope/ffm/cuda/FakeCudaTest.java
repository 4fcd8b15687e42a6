package dev.zoetrope.ffm.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The host's side of memory, streams and events, over a stand-in for the driver. */
class FakeCudaTest {
    private final FakeCuda driver = FakeCuda.withMemory(1 << 20);

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, driver.liveAllocations(), "allocations");
        assertEquals(0, driver.liveStreams(), "streams");
        assertEquals(0, driver.liveEvents(), "events");
        assertEquals(0, driver.liveContexts(), "shares in contexts");
    }

    @Test
    void listsItsDevices() {
        Cuda cuda = driver.open();
        assertEquals("13.0", cuda.driverVersion());
        assertEquals(List.of(new CudaDevice(0, "Stand-in 0", 9, 0, 1 << 20)), cuda.devices());
    }

    @Test
    void aDriverWithoutAGpuSaysSo() {
        var failure = assertThrows(CudaException.class, FakeCuda.withDevices(0)::open);
        assertEquals(
                "cuInit: CUDA error 100 CUDA_ERROR_NO_DEVICE (said by the stand-in); check the GPU with nvidia-smi, or use"
                        + " the CPU provider",
                failure.getMessage());
    }

    @Test
    void copiesHappenInOrderAndAreThereOnceWaitedFor() {
        try (var context = driver.open().openContext(0);
                var mapped = context.allocateMapped(64);
                var device = context.allocateDevice(128);
                var stream = context.createStream();
                var event = context.createEvent();
                var arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(64);
            mapped.segment().fill((byte) 7);
            device.copyFrom(mapped.segment(), 64, stream);
            device.copyTo(result, 64, stream);
            event.record(stream);
            assertEquals(0, driver.bytesToHost());
            assertEquals(0, result.get(ValueLayout.JAVA_BYTE, 0), "read before anybody waited");
            event.synchronize();
            assertTrue(event.isDone());
            assertEquals(-1, result.mismatch(mapped.segment()));
            assertEquals(64, driver.bytesToDevice());
            assertEquals(64, driver.bytesToHost());
            assertEquals((byte) 0xA5, driver.at(device.devicePointer(), 128).get(ValueLayout.JAVA_BYTE, 63));
        }
    }

    @Test
    void aThreadPollsUntilTheMarkIsPassed() {
        try (var context = driver.open().openContext(0);
                var device = context.allocateDevice(16);
                var stream = context.createStream();
                var event = context.createEvent();
                var arena = Arena.ofConfined()) {
            assertTrue(event.isDone(), "a mark that was put nowhere is passed");
            device.copyTo(arena.allocate(16), stream);
            event.record(stream);
            assertFalse(event.isDone());
            assertFalse(event.isDone());
            assertTrue(event.isDone());
        }
    }

    @Test
    void oneStreamWaitsForAnother() {
        try (var context = driver.open().openContext(0);
                var device = context.allocateDevice(16);
                var mapped = context.allocateMapped(16);
                var first = context.createStream();
                var second = context.createStream();
                var event = context.createEvent();
                var arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(16);
            mapped.segment().fill((byte) 3);
            device.copyFrom(mapped.segment(), first);
            event.record(first);
            second.waitFor(event);
            device.copyTo(result, second);
            second.synchronize();
            assertEquals(3, result.get(ValueLayout.JAVA_BYTE, 15));
        }
    }

    @Test
    void timeIsToldOnRequest() {
        try (var context = driver.open().openContext(0);
                var device = context.allocateDevice(16);
                var stream = context.createStream();
                var start = context.createTimingEvent();
                var end = context.createTimingEvent();
                var plain = context.createEvent();
                var arena = Arena.ofConfined()) {
            start.record(stream);
            device.copyTo(arena.allocate(16), stream);
            end.record(stream);
            plain.record(stream);
            stream.synchronize();
            assertEquals(2, end.millisecondsSince(start));
            var failure = assertThrows(IllegalStateException.class, () -> plain.millisecondsSince(start));
            assertEquals(
                    "CudaEvent: expected one with time stamps, found one without; see CudaContext.createTimingEvent",
                    failure.getMessage());
        }
    }

    @Test
    void everySliceOfMappedMemoryHasItsDevicePointer() {
        try (var context = driver.open().openContext(0);
                var mapped = context.allocateMapped(256);
                var other = context.allocateMapped(256)) {
            assertArrayEquals(new byte[256], mapped.segment().toArray(ValueLayout.JAVA_BYTE), "zero at first");
            MemorySegment slice = mapped.segment().asSlice(64, 32);
            slice.set(ValueLayout.JAVA_INT, 0, 42);
            assertEquals(mapped.devicePointer() + 64, mapped.devicePointer(slice));
            assertEquals(42, driver.at(mapped.devicePointer(slice), 32).get(ValueLayout.JAVA_INT, 0));
            for (MemorySegment wrong : List.of(other.segment(), MemorySegment.ofArray(new byte[8]))) {
                var failure = assertThrows(IllegalArgumentException.class, () -> mapped.devicePointer(wrong));
                assertTrue(
                        failure.getMessage().startsWith("mapped memory: expected a slice of its segment of 256 bytes"),
                        failure.getMessage());
            }
        }
    }

    @Test
    void memoryThatRanOutIsNamedWithItsCure() {
        try (var context = driver.open().openContext(0)) {
            var failure = assertThrows(CudaException.class, () -> context.allocateDevice(2 << 20));
            assertEquals(FakeCuda.OUT_OF_MEMORY, failure.code());
            assertEquals(
                    "cuMemAlloc_v2: CUDA error 2 CUDA_ERROR_OUT_OF_MEMORY (said by the stand-in); use a smaller size, or"
                            + " free GPU memory",
                    failure.getMessage());
            assertEquals(1 << 20, context.memoryInfo().freeBytes());
        }
    }

    @Test
    void whatFailsHalfWayLeavesNothingBehind() {
        try (var context = driver.open().openContext(0)) {
            driver.fail("cuMemHostGetDevicePointer_v2", FakeCuda.INVALID_VALUE);
            assertThrows(CudaException.class, () -> context.allocateMapped(64));
            driver.fail("cuEventCreate", FakeCuda.OUT_OF_MEMORY);
            assertThrows(CudaException.class, context::createStream);
        }
    }

    @Test
    void everyThreadGetsTheContextItNeeds() throws InterruptedException {
        FakeCuda two = FakeCuda.withDevices(2);
        try (var first = two.open().openContext(0);
                var second = two.open().openContext(1);
                var stream = first.createStream();
                var elsewhere = second.createStream();
                var device = first.allocateDevice(16);
                var event = first.createEvent();
                var arena = Arena.ofShared()) {
            MemorySegment result = arena.allocate(16);
            Thread worker = Thread.ofPlatform().start(() -> {
                device.copyTo(result, stream);
                event.record(stream);
                event.synchronize();
            });
            worker.join();
            assertEquals((byte) 0xA5, result.get(ValueLayout.JAVA_BYTE, 0));
            var copy = assertThrows(IllegalArgumentException.class, () -> device.copyTo(result, elsewhere));
            assertEquals("copy: expected a stream of GPU 0, found one of GPU 1", copy.getMessage());
            var mark = assertThrows(IllegalArgumentException.class, () -> event.record(elsewhere));
            assertEquals("CudaEvent: expected a stream of GPU 0, found one of GPU 1", mark.getMessage());
            assertThrows(IllegalArgumentException.class, () -> elsewhere.waitFor(event));
        }
        assertEquals(0, two.liveContexts());
    }

    @Test
    @SuppressWarnings({"MustBeClosed", "try"}) // closed by hand: that is the test
    void useAfterCloseThrowsAndCloseTwiceIsHarmless() {
        var context = driver.open().openContext(0);
        var device = context.allocateDevice(16);
        var mapped = context.allocateMapped(16);
        var stream = context.createStream();
        var event = context.createEvent();
        try (var arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(16);
            context.close();
            context.close();
            assertEquals(
                    "CudaContext of GPU 0: expected open, found closed",
                    assertThrows(IllegalStateException.class, context::createStream)
                            .getMessage());
            device.copyFrom(host, stream);
            device.close();
            device.close();
            assertEquals(
                    "DeviceMemory: expected open, found closed",
                    assertThrows(IllegalStateException.class, () -> device.copyTo(host, stream))
                            .getMessage());
            mapped.close();
            mapped.close();
            assertThrows(IllegalStateException.class, () -> mapped.segment().get(ValueLayout.JAVA_BYTE, 0));
            event.close();
            event.close();
            assertEquals(
                    "CudaEvent: expected open, found closed",
                    assertThrows(IllegalStateException.class, () -> event.record(stream))
                            .getMessage());
            stream.close();
            stream.close();
            assertEquals(
                    "CudaStream: expected open, found closed",
                    assertThrows(IllegalStateException.class, stream::synchronize)
                            .getMessage());
        }
    }

    @Test
    void aStreamThatIsLentStaysOpen() {
        try (var context = driver.open().openContext(0);
                var stream = context.createStream()) {
            stream.lend();
            var failure = assertThrows(IllegalStateException.class, stream::close);
            assertEquals(
                    "CudaStream: expected no session that works in it, found 1; close the session first",
                    failure.getMessage());
            stream.synchronize();
            stream.giveBack();
        }
    }

    @Test
    void copiesMustFit() {
        try (var context = driver.open().openContext(0);
                var device = context.allocateDevice(16);
                var stream = context.createStream();
                var arena = Arena.ofConfined()) {
            MemorySegment tooLarge = arena.allocate(12);
            var failure = assertThrows(IllegalArgumentException.class, () -> device.copyFrom(tooLarge, 8, stream));
            assertEquals("copy: expected native memory of at most 8 bytes, found 12 bytes", failure.getMessage());
            MemorySegment heap = MemorySegment.ofArray(new byte[4]);
            assertThrows(IllegalArgumentException.class, () -> device.copyTo(heap, stream));
            assertEquals(0, driver.calls("cuMemcpyHtoDAsync_v2"));
        }
    }
}
