package dev.zoetrope.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.cuda.Cuda;
import dev.zoetrope.ffm.cuda.CudaContext;
import dev.zoetrope.ffm.cuda.DeviceMemory;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whole renders of the shipped model in one process. */
@Tag("gpu")
class DeviceRendersTest {
    /** Renders of {@link #manyRendersLeaveTheMemoryOfTheDeviceWhereItWas}: 500 on a GPU, if nothing is said. */
    private static final String RENDERS = "zoetrope.gpu.renders";

    /** The first ones fill arenas and caches. */
    private static final int SETTLING = 10;

    /** Another program's window may open or close meanwhile; a leak of one latent a render would be 30 MiB after 500. */
    private static final long FLAT_BYTES = 16L << 20;

    /** What is left of the GPU's memory for the render that is to fail: less than it works with. */
    private static final long LEFT_BYTES = 64L << 20;

    private static final RenderRequest SMALL = RenderRequest.of("a red ball")
            .withSize(64, 64)
            .withFrames(9)
            .withSteps(3)
            .withSeed(3);

    @BeforeAll
    static void requireDevice() {
        TestedDevice.require();
    }

    /** On the stand-in there are few, and no memory of a device to look at. */
    @Test
    void manyRendersLeaveTheMemoryOfTheDeviceWhereItWas() {
        int renders = Integer.getInteger(RENDERS, TestedDevice.isCuda() ? 500 : SETTLING + 2);
        List<Long> used = new ArrayList<>();
        try (Zoetrope engine = Zoetrope.open(TestedDevice.engine())) {
            for (int i = 0; i < renders; i++) {
                render(engine, SMALL.withSeed(i));
                if (i >= SETTLING) {
                    TestedDevice.usedBytes().ifPresent(used::add);
                }
            }
        }
        if (TestedDevice.isCuda()) {
            assertFalse(used.isEmpty(), "the driver says how much memory is used");
            long least = used.stream().mapToLong(Long::longValue).min().orElseThrow();
            long most = used.stream().mapToLong(Long::longValue).max().orElseThrow();
            System.out.printf(
                    Locale.ROOT,
                    "%d renders: %.1f MiB of the GPU used after %d of them, %.1f at the end, %.1f to %.1f between%n",
                    renders,
                    used.getFirst() / 1048576.0,
                    SETTLING + 1,
                    used.getLast() / 1048576.0,
                    least / 1048576.0,
                    most / 1048576.0);
            assertTrue(
                    used.getLast() - used.getFirst() <= FLAT_BYTES,
                    () -> "memory of the GPU grew from " + used.getFirst() + " to " + used.getLast() + " bytes");
        }
    }

    /**
     * A render that finds no memory says so in one line, and the engine goes on. On a GPU the rest of its memory is taken first; the
     * stand-in is an engine with a limit, which refuses the same request before any work.
     */
    @Test
    void aRenderWithoutMemoryFailsInOneLineAndTheEngineGoesOn() {
        RenderRequest large = SMALL.withSize(512, 512).withFrames(17);
        EngineOptions options = TestedDevice.isCuda()
                ? TestedDevice.engine()
                : TestedDevice.engine().withMemoryBytes(640L << 20);
        try (Zoetrope engine = Zoetrope.open(options)) {
            byte[] before = render(engine, SMALL);
            RuntimeException failure;
            try (Rest _ = Rest.taken()) {
                failure = assertThrows(RuntimeException.class, () -> render(engine, large));
            }
            String message = String.valueOf(failure.getMessage());
            System.out.println("without memory: " + failure.getClass().getSimpleName() + ": " + message);
            assertEquals(1, message.lines().count(), message);
            assertTrue(message.toLowerCase(Locale.ROOT).contains("memory"), message);
            assertArrayEquals(before, render(engine, SMALL), "the render after the failure");
        }
    }

    /** -> the first row of each frame */
    private static byte[] render(Zoetrope engine, RenderRequest request) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        try (Clip clip = engine.render(request)) {
            clip.decodeTo(new Rows(frames));
        }
        return frames.toByteArray();
    }

    /** Keeps the first row of each frame. */
    private record Rows(ByteArrayOutputStream kept) implements FrameSink {
        @Override
        public void accept(Frame frame) {
            long bytes = (long) frame.widthPx() * Frame.PIXEL_BYTES;
            kept.writeBytes(frame.pixels().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }

    /** All of the GPU's memory but a little, held; nothing on the CPU. */
    private record Rest(Optional<CudaContext> context, Optional<DeviceMemory> memory) implements AutoCloseable {
        @SuppressWarnings("MustBeClosed") // close() closes both
        static Rest taken() {
            if (!TestedDevice.isCuda()) {
                return new Rest(Optional.empty(), Optional.empty());
            }
            CudaContext context = Cuda.open().openContext(0);
            try {
                long bytes = context.memoryInfo().freeBytes() - LEFT_BYTES;
                return new Rest(Optional.of(context), Optional.of(context.allocateDevice(bytes)));
            } catch (RuntimeException e) {
                context.close();
                throw e;
            }
        }

        @Override
        public void close() {
            memory.ifPresent(DeviceMemory::close);
            context.ifPresent(CudaContext::close);
        }
    }
}
