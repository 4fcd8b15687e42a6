package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClipReaderTest {
    @TempDir
    private Path folder;

    @Test
    void namesWhatIsNotThere() {
        assertRefused(folder.resolve("none.mp4"), "found no file of that name");
        assertRefused(folder, "found a folder");
    }

    @Test
    void refusesWhatIsNoClip() throws IOException {
        assertRefused(write("empty.mp4", new byte[0]), "found an empty file");
        byte[] noise = new byte[10_000];
        new Random(3).nextBytes(noise);
        assertRefused(write("noise.mp4", noise), "expected a video file that FFmpeg can read");
        assertRefused(write("text.mp4", "this is no video\n".getBytes(StandardCharsets.UTF_8)), "found");
    }

    /** A list of other files is not opened: it could name anything this process may read. */
    @Test
    void doesNotFollowListsOfFiles() throws IOException {
        Path secret = clip(OutputFormat.MP4_H264);
        String concat = "ffconcat version 1.0\nfile '" + secret + "'\n";
        String playList = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + secret + "\n#EXT-X-ENDLIST\n";
        String manifest = "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\">"
                + "<Period><AdaptationSet><Representation id=\"1\" bandwidth=\"1\"><BaseURL>" + secret
                + "</BaseURL></Representation></AdaptationSet></Period></MPD>";
        String session = """
                v=0
                o=- 0 0 IN IP4 127.0.0.1
                s=x
                c=IN IP4 127.0.0.1
                t=0 0
                m=video 5004 RTP/AVP 96
                a=rtpmap:96 H264/90000
                """;
        for (String list : new String[] {concat, playList, manifest, session}) {
            for (String name : new String[] {"list.txt", "list.m3u8", "list.ffconcat", "list.mpd", "list.sdp"}) {
                assertRefused(write(name, list.getBytes(StandardCharsets.UTF_8)), "found");
            }
        }
    }

    /** Cut anywhere, a file is refused when it is opened, or while its frames are read; the process lives. */
    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "MP4_AV1", "WEBM_VP9", "MKV_H264", "GIF"})
    void refusesTruncatedFiles(OutputFormat format) throws IOException {
        byte[] whole = Files.readAllBytes(clip(format));
        for (int percent : new int[] {1, 5, 20, 40, 60, 80, 95}) {
            Path cut = write(percent + format.extension(), Arrays.copyOf(whole, whole.length * percent / 100));
            long read;
            try {
                read = read(cut);
            } catch (OutputException e) {
                assertFalse(e.getMessage().contains("\n"), e.getMessage());
                assertTrue(e.getMessage().startsWith("clip " + cut + ": expected"), e.getMessage());
                continue;
            }
            // Formats that are streams end wherever they are cut: fewer frames, none of them made up. Their last
            // twentieth may be an index that reading does without.
            assertTrue(read < (percent > 80 ? 21 : 20), format + " cut to " + percent + " %: " + read + " frames");
            assertTrue(format != OutputFormat.MP4_H264 && format != OutputFormat.MP4_AV1);
        }
    }

    /** Random bytes over a whole file: an answer or an exception of ours, never the end of the process. */
    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "WEBM_VP9", "GIF"})
    void survivesDamagedFiles(OutputFormat format) throws IOException {
        byte[] whole = Files.readAllBytes(clip(format));
        long seed = 11;
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 1 + round % 20; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Path file = write("damaged" + format.extension(), damaged);
            try {
                assertTrue(read(file) >= 0);
            } catch (OutputException | RequestException e) {
                assertFalse(e.getMessage().contains("\n"), "seed " + seed + ", round " + round + ": " + e);
            }
        }
    }

    @Test
    @SuppressWarnings("try") // the early close is what is tested
    void refusesUseAfterClose() throws IOException {
        try (ClipReader reader = ClipReader.open(clip(OutputFormat.MP4_H264))) {
            reader.close();
            assertThrows(IllegalStateException.class, reader::next);
        }
    }

    private static long read(Path file) {
        long frames = 0;
        try (ClipReader reader = ClipReader.open(file)) {
            while (reader.next().isPresent()) {
                frames++;
            }
        }
        return frames;
    }

    private Path clip(OutputFormat format) {
        Path file = folder.resolve("whole" + format.extension());
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(
                    file,
                    format,
                    FlatShapes.clip(arena, 64, 48, 20),
                    FrameRate.of(10),
                    Map.of("comment", "a clip to be damaged"));
        }
        return file;
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static void assertRefused(Path file, String part) {
        OutputException failure = assertThrows(OutputException.class, () -> read(file));
        assertTrue(failure.getMessage().startsWith("clip " + file + ": expected"), failure.getMessage());
        assertTrue(failure.getMessage().contains(part), failure.getMessage());
        assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
        assertEquals(failure.getMessage().strip(), failure.getMessage());
    }
}
