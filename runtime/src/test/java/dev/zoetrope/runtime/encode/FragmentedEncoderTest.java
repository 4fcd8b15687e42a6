package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What leaves the encoder can be played at every moment. */
class FragmentedEncoderTest {
    private static final int WIDTH_PX = 96;
    private static final int HEIGHT_PX = 64;
    private static final int FRAMES = 10;

    @TempDir
    Path folder;

    @Test
    void everyFrameCanBePlayedAsSoonAsItWasTaken() throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (Arena arena = Arena.ofConfined();
                FragmentedEncoder encoder = FragmentedEncoder.open(output, WIDTH_PX, HEIGHT_PX, FrameRate.of(8))) {
            assertTrue(output.size() > 0, "the header is out at once");
            for (int frame = 0; frame < FRAMES; frame++) {
                encoder.accept(grey(arena, 20 * frame + 30, frame));
                assertEquals(frame + 1, framesOf(output, 20 * frame + 30), "after frame " + frame);
            }
            encoder.finish();
        }
        assertEquals(FRAMES, framesOf(output, 20 * (FRAMES - 1) + 30));
    }

    @Test
    void aTargetThatFailsIsSaid() {
        OutputStream full = new OutputStream() {
            private int left = 2000;

            @Override
            public void write(int value) throws IOException {
                if (left-- <= 0) {
                    throw new IOException("no room");
                }
            }
        };
        OutputException failure = assertThrows(OutputException.class, () -> encodeTo(full));
        assertTrue(String.valueOf(failure.getMessage()).contains("no room"), failure.getMessage());
    }

    @Test
    void anOddSizeIsRefused() {
        assertThrows(RequestException.class, () -> {
            try (FragmentedEncoder encoder =
                    FragmentedEncoder.open(OutputStream.nullOutputStream(), 63, 64, FrameRate.of(8))) {
                encoder.finish();
            }
        });
    }

    /** More at a time than FFmpeg can be given functions to call. */
    @Test
    void manyAtATimeKeepApart() throws Exception {
        ByteArrayOutputStream alone = new ByteArrayOutputStream();
        encodeTo(alone);
        List<Future<byte[]>> outputs = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            for (int i = 0; i < 320; i++) {
                outputs.add(threads.submit(() -> {
                    ByteArrayOutputStream output = new ByteArrayOutputStream();
                    encodeTo(output);
                    return output.toByteArray();
                }));
            }
        }
        for (Future<byte[]> output : outputs) {
            assertArrayEquals(alone.toByteArray(), output.get());
        }
    }

    private static void encodeTo(OutputStream output) {
        try (Arena arena = Arena.ofConfined();
                FragmentedEncoder encoder = FragmentedEncoder.open(output, WIDTH_PX, HEIGHT_PX, FrameRate.of(8))) {
            for (int frame = 0; frame < FRAMES; frame++) {
                encoder.accept(grey(arena, 200, frame));
            }
            encoder.finish();
        }
    }

    /** Counts the frames, and looks whether the last one is the one that was put in last. */
    private long framesOf(ByteArrayOutputStream output, int grey) throws IOException {
        Path file = Files.write(folder.resolve("so-far.mp4"), output.toByteArray());
        try (ClipReader reader = ClipReader.open(file)) {
            int[] last = new int[1];
            for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
                last[0] = frame.get().pixels().get(ValueLayout.JAVA_BYTE, 0) & 0xFF;
            }
            assertEquals(grey, last[0], 4, "brightness of the last frame");
            return reader.info().frames();
        }
    }

    private static Frame grey(Arena arena, int level, int index) {
        MemorySegment pixels = arena.allocate(WIDTH_PX * HEIGHT_PX * 3L + Frame.PADDING_BYTES);
        pixels.fill((byte) level);
        return Frame.packed(pixels, WIDTH_PX, HEIGHT_PX, index);
    }
}
