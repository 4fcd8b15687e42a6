package dev.zoetrope.ffm.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    @Test
    void buffersAreAlignedZeroAndOfTheRightSize() {
        try (var memory = NativeMemory.open()) {
            for (long count : new long[] {0, 1, 3, 1000}) {
                MemorySegment floats = memory.floats(count);
                assertEquals(4 * count, floats.byteSize());
                assertEquals(0, floats.address() % NativeMemory.ALIGNMENT_BYTES);
                for (long i = 0; i < count; i++) {
                    assertEquals(0f, floats.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                }
            }
            assertEquals(8 * 5, memory.longs(5).byteSize());
            assertEquals(4 * 1004 + 8 * 5, memory.byteSize());
        }
    }

    @Test
    void refusesImpossibleSizes() {
        try (var memory = NativeMemory.open()) {
            var failure = assertThrows(IllegalArgumentException.class, () -> memory.bytes(-1));
            assertEquals("buffer: expected a size of 0 bytes or more, found -1", failure.getMessage());
            assertThrows(ArithmeticException.class, () -> memory.floats(Long.MAX_VALUE / 2));
        }
    }

    @Test
    @SuppressWarnings("MustBeClosed") // closed by hand: that is the test
    void useAfterCloseThrowsAndCloseTwiceIsHarmless() {
        var memory = NativeMemory.open();
        MemorySegment segment = memory.floats(4);
        memory.close();
        memory.close();
        assertThrows(IllegalStateException.class, () -> memory.floats(1));
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_FLOAT, 0));
    }

    @Test
    void aLifeEndsAfterItsLastUse() throws InterruptedException {
        var lifetime = new Lifetime("Thing");
        lifetime.enter();
        Thread closer = Thread.ofPlatform().start(() -> {
            if (lifetime.beginClose()) {
                lifetime.awaitIdle();
                lifetime.endClose();
            }
        });
        while (lifetime.isOpen()) {
            Thread.sleep(1);
        }
        var failure = assertThrows(IllegalStateException.class, lifetime::enter);
        assertEquals("Thing: expected open, found closed", failure.getMessage());
        closer.join(50);
        assertTrue(closer.isAlive(), "close did not wait for the use that had begun");
        lifetime.leave();
        closer.join();
        assertEquals(false, lifetime.beginClose());
    }

    @Test
    void anInterruptDoesNotCutTheWaitShort() throws InterruptedException {
        var lifetime = new Lifetime("Thing");
        lifetime.enter();
        boolean[] interrupted = new boolean[1];
        Thread closer = Thread.ofPlatform().start(() -> {
            if (lifetime.beginClose()) {
                lifetime.awaitIdle();
                interrupted[0] = Thread.currentThread().isInterrupted();
                lifetime.endClose();
            }
        });
        closer.interrupt();
        closer.join(50);
        assertTrue(closer.isAlive());
        lifetime.leave();
        closer.join();
        assertTrue(interrupted[0], "the interrupt was swallowed");
    }
}
