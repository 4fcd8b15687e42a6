package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.decode.GroupDecoder;
import dev.zoetrope.runtime.decode.GroupEncoder;
import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.VideoModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The codec behind its interface: round trip, caches, tiles. */
class CompressorTest {
    private static final int TEMPORAL = 4;

    /** The gate of the model's codec; its training measured more on clips of its own world. */
    private static final double MIN_PSNR_DB = 28;

    @Test
    void aClipSurvivesEncodingAndStreamingDecoding() {
        int rows = 8;
        int columns = 10;
        try (NativeRuntime runtime = NativeRuntime.open(2, false);
                VideoModel model = runtime.openModel(ModelFolder.open(ShippedModel.folder()), false);
                GroupEncoder encoder = model.compressor().openEncoder(rows, columns);
                GroupDecoder decoder = model.compressor().openDecoder(rows, columns);
                Arena arena = Arena.ofShared()) {
            MemorySegment frames = arena.allocate(4L * TEMPORAL * 3 * rows * 8 * columns * 8, 64);
            MemorySegment[] latents = new MemorySegment[4];
            int channels = model.compressor().geometry().channels();
            encoder.startRun();
            decoder.startRun();
            for (int group = 0; group < latents.length; group++) {
                drawGroup(frames, group, rows * 8, columns * 8);
                latents[group] = arena.allocate(4L * rows * columns * channels, 64);
                encoder.encode(frames, latents[group]);
                MemorySegment decoded = decoder.decode(latents[group]);
                double psnr = psnr(frames, decoded, rows * 8, columns * 8, group == 0 ? TEMPORAL - 1 : 0);
                assertTrue(psnr >= MIN_PSNR_DB, "group " + group + ": " + psnr + " dB");
            }
        }
    }

    @Test
    void startingARunForgetsWhatCameBefore() {
        try (TinyModel tiny = new TinyModel();
                GroupDecoder decoder = tiny.model().compressor().openDecoder(3, 4);
                Arena arena = Arena.ofShared()) {
            MemorySegment first = randomLatent(arena, 3, 4, 1);
            MemorySegment second = randomLatent(arena, 3, 4, 2);
            decoder.startRun();
            decoder.decode(first);
            byte[] after = bytes(decoder.decode(second));
            decoder.startRun();
            byte[] fresh = bytes(decoder.decode(second));
            decoder.startRun();
            byte[] again = bytes(decoder.decode(second));
            assertEquals(-1, Arrays.mismatch(fresh, again), "two fresh runs");
            assertTrue(Arrays.mismatch(fresh, after) >= 0, "the group before has an effect inside a run");
        }
    }

    /** 65 x 70 cells are above the limit for whole frames, so the streaming decoder tiles them 2 x 2. */
    @Test
    void tilesOfALargeFrameEqualItsWholeDecode() {
        int rows = 65;
        int columns = 70;
        try (TinyModel tiny = new TinyModel();
                Arena arena = Arena.ofShared()) {
            Compressor compressor = tiny.model().compressor();
            try (GroupDecoder whole = compressor.openDecoder(rows, columns);
                    StreamingDecoder tiled = StreamingDecoder.open(compressor, rows, columns)) {
                whole.startRun();
                tiled.startRun();
                for (int group = 0; group < 3; group++) {
                    MemorySegment latent = randomLatent(arena, rows, columns, group);
                    byte[] expected = bytes(whole.decode(latent));
                    byte[] found = bytes(tiled.decode(latent));
                    // The padding that follows the whole decode is no part of a frame.
                    int length = TEMPORAL * rows * 8 * columns * 8 * 3;
                    int differing = 0;
                    int largest = 0;
                    for (int i = 0; i < length; i++) {
                        int difference = Math.abs((expected[i] & 0xFF) - (found[i] & 0xFF));
                        differing += difference > 0 ? 1 : 0;
                        largest = Math.max(largest, difference);
                    }
                    // Kernels choose their blocking by shape, so a value at the edge of two 8-bit steps may round the
                    // other way; a halo one cell too narrow changes thousands of pixels by many steps.
                    assertTrue(largest <= 1, "group " + group + ": largest difference " + largest);
                    assertTrue(differing <= length / 10_000, "group " + group + ": " + differing + " bytes differ");
                }
            }
        }
    }

    private static MemorySegment randomLatent(Arena arena, int rows, int columns, long seed) {
        MemorySegment latent = arena.allocate(4L * rows * columns * 48, 64);
        Random random = new Random(seed);
        for (long i = 0; i < (long) rows * columns * 48; i++) {
            latent.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return latent;
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    /** A red disc that moves right over a blue-grey slope; frame t of the clip is group 0's last, then four a group. */
    private static void drawGroup(MemorySegment frames, int group, int height, int width) {
        for (int i = 0; i < TEMPORAL; i++) {
            int t = group == 0 ? 0 : 1 + TEMPORAL * (group - 1) + i;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    // Edges one pixel wide, as the model's world draws them.
                    float disc = (float) Math.clamp(12.5 - Math.hypot(x - 20 - 2 * t, y - height / 2.0), 0, 1);
                    float[] inside = {0.8f, -0.7f, -0.7f};
                    float[] outside = {-0.5f, -0.2f + 0.4f * y / height, 0.4f};
                    for (int c = 0; c < 3; c++) {
                        long index = (((long) i * 3 + c) * height + y) * width + x;
                        frames.setAtIndex(ValueLayout.JAVA_FLOAT, index, disc * inside[c] + (1 - disc) * outside[c]);
                    }
                }
            }
        }
    }

    private static double psnr(MemorySegment frames, MemorySegment decoded, int height, int width, int firstFrame) {
        double sum = 0;
        long count = 0;
        for (int i = firstFrame; i < TEMPORAL; i++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int c = 0; c < 3; c++) {
                        double expected = (frames.getAtIndex(
                                                ValueLayout.JAVA_FLOAT, (((long) i * 3 + c) * height + y) * width + x)
                                        + 1)
                                * 127.5;
                        long at = (((long) i * height + y) * width + x) * 3 + c;
                        double difference = expected - (decoded.get(ValueLayout.JAVA_BYTE, at) & 0xFF);
                        sum += difference * difference;
                        count++;
                    }
                }
            }
        }
        return 10 * Math.log10(255 * 255 / (sum / count));
    }
}
