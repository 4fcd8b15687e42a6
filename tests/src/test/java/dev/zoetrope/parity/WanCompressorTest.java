package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.model.wan.LatentForm;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import dev.zoetrope.runtime.decode.GroupDecoder;
import dev.zoetrope.runtime.decode.GroupEncoder;
import dev.zoetrope.runtime.model.wan.Tiling;
import dev.zoetrope.runtime.model.wan.WanCompressor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wan's autoencoder as the engine sees it: tokens in, bytes out, group by group. */
class WanCompressorTest {
    private static final int TEMPORAL = 4;

    static List<WanFolder> pipelines() {
        return WanFolders.recording("pipeline_t2v");
    }

    static List<WanFolder> folders() {
        return WanFolders.recording("vae");
    }

    /** The latents that the reference's pipeline hands to its decoder give its frames, to a level of 255. */
    @ParameterizedTest
    @MethodSource("pipelines")
    void framesAreTheReferences(WanFolder folder) {
        Reference recorded = folder.recording("pipeline_t2v");
        HostTensor frames = recorded.tensor("frames"); // [1, frames, 3, height, width] in 0..1
        HostTensor latents = recorded.tensor("vae_input");
        List<MemorySegment> tokens = WanLatents.tokens(latents, folder.config("vae"));
        byte[] decoded = decode(folder, Tiling.REFERENCE, tokens, latents, true);
        int height = Math.toIntExact(frames.size(3));
        int width = Math.toIntExact(frames.size(4));
        float[] expected = frames.floats();
        assertEquals(expected.length, decoded.length, "bytes");
        int largest = 0;
        for (int i = 0; i < expected.length; i++) {
            int x = i % width;
            int y = i / width % height;
            int colour = i / (width * height) % 3;
            int frame = i / (3 * width * height);
            int level = Math.round(expected[i] * 255);
            int found = Byte.toUnsignedInt(decoded[((frame * height + y) * width + x) * 3 + colour]);
            largest = Math.max(largest, Math.abs(level - found));
        }
        assertTrue(largest <= 1, "largest difference " + largest);
    }

    /** One tile through the whole run, then the next, gives what all tiles together give group by group. */
    @ParameterizedTest
    @MethodSource("pipelines")
    void tilesAreTheSameAheadAndGroupByGroup(WanFolder folder) {
        HostTensor latents = folder.recording("pipeline_t2v").tensor("vae_input");
        List<MemorySegment> tokens = WanLatents.tokens(latents, folder.config("vae"));
        Tiling tiling = new Tiling(0, 32, 16);
        byte[] ahead = decode(folder, tiling, tokens, latents, true);
        assertArrayEquals(ahead, decode(folder, tiling, tokens, latents, false));
    }

    /** Of a run that starts anew nothing of the one before is left. */
    @ParameterizedTest
    @MethodSource("pipelines")
    void startingARunForgetsWhatCameBefore(WanFolder folder) {
        HostTensor latents = folder.recording("pipeline_t2v").tensor("vae_input");
        List<MemorySegment> tokens = WanLatents.tokens(latents, folder.config("vae"));
        int rows = Math.toIntExact(latents.size(3) / 2);
        int columns = Math.toIntExact(latents.size(4) / 2);
        try (WanSessions sessions = new WanSessions();
                GroupDecoder decoder = open(folder, Tiling.REFERENCE, sessions).openDecoder(rows, columns)) {
            decoder.startRun();
            decoder.decode(tokens.get(0));
            byte[] second = bytes(decoder.decode(tokens.get(1)));
            decoder.startRun();
            byte[] fresh = bytes(decoder.decode(tokens.get(1)));
            decoder.startRun();
            decoder.decode(tokens.get(0));
            assertArrayEquals(second, bytes(decoder.decode(tokens.get(1))), "the same run again");
            assertTrue(Arrays.mismatch(second, fresh) >= 0, "the group before has an effect inside a run");
        }
    }

    /** Tokens are the autoencoder's own means, normalised and put in the denoiser's order. */
    @ParameterizedTest
    @MethodSource("folders")
    void encodedTokensAreTheGraphsMeansNormalised(WanFolder folder) {
        int rows = 2;
        int columns = 3;
        int groups = 3;
        try (WanSessions sessions = new WanSessions()) {
            WanCompressor compressor = open(folder, Tiling.REFERENCE, sessions);
            int spatial = compressor.geometry().spatial();
            int channels = compressor.geometry().channels();
            long height = (long) rows * spatial;
            long width = (long) columns * spatial;
            Random random = new Random(5);
            try (GroupEncoder encoder = compressor.openEncoder(rows, columns);
                    WanChunks chunks = new WanChunks(
                            chunk -> WanAutoencoder.encoder(folder.component("vae"), chunk, LatentForm.CELLS),
                            2L * rows,
                            2L * columns)) {
                encoder.startRun();
                for (int group = 0; group < groups; group++) {
                    float[] pixels = new float[Math.toIntExact(TEMPORAL * 3 * height * width)];
                    for (int i = 0; i < pixels.length; i++) {
                        pixels[i] = random.nextFloat() * 2 - 1;
                    }
                    HostTensor frames = HostTensor.of(pixels, TEMPORAL, 3, height, width);
                    MemorySegment latent = WanLatents.empty(rows, columns, channels);
                    int count = chunks.frames();
                    encoder.encode(frames.segment(), latent);
                    HostTensor means = chunks.run("frames", frames.rows(0, count), "latent");
                    MemorySegment expected =
                            WanLatents.tokens(means, folder.config("vae")).getFirst();
                    assertNear(
                            "group " + group,
                            expected.toArray(ValueLayout.JAVA_FLOAT),
                            latent.toArray(ValueLayout.JAVA_FLOAT),
                            Tolerance.GOLDEN);
                }
            }
        }
    }

    private static WanCompressor open(WanFolder folder, Tiling tiling, WanSessions sessions) {
        return WanCompressor.open(folder.component("vae"), tiling, sessions);
    }

    /** All frames of a run, {@code [frames, height, width, 3]}. */
    private static byte[] decode(
            WanFolder folder, Tiling tiling, List<MemorySegment> tokens, HostTensor latents, boolean ahead) {
        int rows = Math.toIntExact(latents.size(3) / 2);
        int columns = Math.toIntExact(latents.size(4) / 2);
        try (WanSessions sessions = new WanSessions()) {
            WanCompressor compressor = open(folder, tiling, sessions);
            int spatial = compressor.geometry().spatial();
            int frameBytes = rows * spatial * columns * spatial * 3;
            byte[] all = new byte[(1 + TEMPORAL * (tokens.size() - 1)) * frameBytes];
            try (GroupDecoder decoder = compressor.openDecoder(rows, columns)) {
                AtomicInteger pauses = new AtomicInteger();
                if (ahead) {
                    decoder.startRun(tokens, pauses::incrementAndGet);
                } else {
                    decoder.startRun();
                }
                int done = 0;
                for (int group = 0; group < tokens.size(); group++) {
                    MemorySegment frames = decoder.decode(tokens.get(group));
                    int first = group == 0 ? TEMPORAL - 1 : 0;
                    int length = (TEMPORAL - first) * frameBytes;
                    MemorySegment.copy(frames, ValueLayout.JAVA_BYTE, (long) first * frameBytes, all, done, length);
                    done += length;
                }
            }
            return all;
        }
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }
}
