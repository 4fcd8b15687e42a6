package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SoundTest {
    private static final FrameRate RATE = FrameRate.of(8);

    /** A packet of AAC at 48 kHz: 1024 samples. */
    private static final double PACKET_SECONDS = 1024 / 48_000.0;

    /** Loudness of the test tones: amplitude 0.5 over the root of 2. Codecs at these rates keep it within 3 %. */
    private static final double TONE = 0.5 / Math.sqrt(2);

    private static final double TONE_TOLERANCE = 0.03 * TONE;

    /** A thousandth of full scale, -60 dB: what codecs leave in silence next to a tone. */
    private static final double SILENCE = 0.001;

    /** Counted over half a second, one rise more or less. */
    private static final double HERTZ = 4;

    @TempDir
    private Path folder;

    @Test
    void copiesPacketsWithoutLoss() {
        Path source = clipWithTone("source.mp4", 48_000, 2, 2);
        Path file = folder.resolve("copy.mp4");
        write(file, 16, List.of(new SoundTrack(source, 0, 2, 0)));
        DecodedSound expected = sound(source);
        DecodedSound found = sound(file);
        assertEquals("aac", found.codec());
        assertEquals(2, found.channels());
        assertEquals(expected.packets(), found.packets());
        assertEquals(expected.beginSeconds(), found.beginSeconds(), 1e-6);
        assertEquals(expected.samples(), found.samples());
        assertEquals(expected.line(), found.line());
    }

    /** Half a second in, for a second, heard after three quarters. */
    @Test
    void cutsCopiedSoundToAPacket() {
        Path source = clipWithTone("source.mp4", 48_000, 1, 2);
        for (String name : List.of("cut.mp4", "cut.mkv")) {
            Path file = folder.resolve(name);
            write(file, 16, List.of(new SoundTrack(source, 0.5, 1, 0.75)));
            DecodedSound found = sound(file);
            assertTrue(sound(source).packets().containsAll(found.packets()), name);
            assertEquals(0.75, found.beginSeconds(), PACKET_SECONDS / 2 + 0.001, name);
            assertEquals(1.75, found.endSeconds(), PACKET_SECONDS / 2 + 0.001, name);
            // The packet at the cut lacks the one before it, which AAC adds to it.
            assertEquals(TONE, found.rms(0.75 + 2 * PACKET_SECONDS, 1.7), TONE_TOLERANCE, name);
            assertEquals(440, found.hertz(1, 1.5), HERTZ, name);
        }
    }

    /** Two halves of one file, the second first: both are packets of that file, and no hole is between. */
    @Test
    void copiesPiecesThatFollowEachOther() {
        Path source = folder.resolve("source.mp4");
        Path wav = folder.resolve("two.wav");
        TestMedia.writeWav(wav, 48_000, 1, 2, sample -> tone(sample, 48_000, sample < 48_000 ? 440 : 880));
        write(source, 16, List.of(new SoundTrack(wav, 0, 2, 0)));
        Path file = folder.resolve("swapped.mp4");
        write(file, 16, List.of(new SoundTrack(source, 0, 1, 1), new SoundTrack(source, 1, 1, 0)));
        DecodedSound found = sound(file);
        assertTrue(sound(source).packets().containsAll(found.packets()));
        assertEquals(880, found.hertz(0.2, 0.7), HERTZ);
        assertEquals(440, found.hertz(1.2, 1.7), HERTZ);
        assertEquals(2, found.samples() / 48_000.0, PACKET_SECONDS);
    }

    /** Uncompressed sound into every container: silence, a tone exactly in its place, silence, another tone. */
    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "WEBM_VP9", "MKV_H264"})
    void encodesWhatCannotBeCopied(OutputFormat format) {
        Path low = wav("low.wav", 48_000, 1, 1, 440);
        Path high = wav("high.wav", 44_100, 2, 1, 880);
        Path file = folder.resolve("mixed" + format.extension());
        write(file, 28, List.of(new SoundTrack(high, 0.2, 0.5, 2), new SoundTrack(low, 0, 1, 0.5)));
        DecodedSound found = sound(file);
        assertEquals(format == OutputFormat.WEBM_VP9 ? "opus" : "aac", found.codec());
        assertEquals(48_000, found.sampleRate());
        assertEquals(2, found.channels());
        assertEquals(0, found.beginSeconds(), 0.001);
        // The pictures last 28 / 8 seconds; Matroska may end with a whole block.
        assertEquals(3.5, found.endSeconds(), PACKET_SECONDS);
        assertTrue(found.rms(0, 0.45) < SILENCE, "before: " + found.rms(0, 0.45));
        assertEquals(TONE, found.rms(0.52, 1.48), TONE_TOLERANCE);
        assertEquals(440, found.hertz(0.75, 1.25), HERTZ);
        assertTrue(found.rms(1.55, 1.95) < SILENCE, "between: " + found.rms(1.55, 1.95));
        assertEquals(TONE, found.rms(2.02, 2.48), TONE_TOLERANCE);
        assertEquals(880, found.hertz(2, 2.5), HERTZ);
        assertTrue(found.rms(2.55, 3.45) < SILENCE, "after: " + found.rms(2.55, 3.45));
    }

    /** A tone begins within two milliseconds of where it was asked: encoders' run-up is taken off. */
    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "WEBM_VP9"})
    void placesEncodedSoundToTheSample(OutputFormat format) {
        Path tone = wav("tone.wav", 32_000, 1, 1, 1000);
        Path file = folder.resolve("placed" + format.extension());
        write(file, 16, List.of(new SoundTrack(tone, 0.25, 0.5, 1)));
        DecodedSound found = sound(file);
        int first = 0;
        while (Math.abs(found.line().get(first)) < 0.25) {
            first++;
        }
        // Half of the amplitude is reached half-way through the rise of five milliseconds.
        assertEquals(1.0025, first / (double) found.sampleRate(), 0.002);
    }

    @Test
    void addsPiecesThatOverlap() {
        Path low = wav("low.wav", 48_000, 1, 1, 440);
        Path high = wav("high.wav", 48_000, 1, 1, 1760);
        Path file = folder.resolve("sum.mkv");
        write(file, 16, List.of(new SoundTrack(low, 0, 1, 0), new SoundTrack(high, 0, 1, 0.5)));
        DecodedSound found = sound(file);
        assertEquals(TONE, found.rms(0.1, 0.4), TONE_TOLERANCE);
        assertEquals(TONE * Math.sqrt(2), found.rms(0.6, 0.9), 2 * TONE_TOLERANCE);
        assertEquals(TONE, found.rms(1.1, 1.4), TONE_TOLERANCE);
    }

    @Test
    void copiesUncompressedSoundIntoMatroska() {
        Path wav = wav("tone.wav", 48_000, 1, 2, 440);
        Path file = folder.resolve("plain.mkv");
        write(file, 16, List.of(new SoundTrack(wav, 0, 2, 0)));
        assertEquals("pcm_s16le", sound(file).codec());
        assertEquals(sound(wav).line(), sound(file).line());
    }

    /** Uncompressed packets are long, but can be cut anywhere; Matroska's clock has milliseconds. */
    @Test
    void cutsUncompressedSoundToTheSample() {
        Path wav = wav("tone.wav", 32_000, 2, 2, 1000);
        Path file = folder.resolve("plain.mkv");
        write(file, 16, List.of(new SoundTrack(wav, 0.25, 0.5, 1)));
        DecodedSound found = sound(file);
        assertEquals("pcm_s16le", found.codec());
        assertEquals(1, found.beginSeconds(), 0.001);
        assertEquals(16_000, found.samples());
    }

    /** A broadcast stream does not begin at time 0: pieces count from its first picture all the same. */
    @Test
    void countsFromTheFirstPicture() {
        Path wav = folder.resolve("late.wav");
        TestMedia.writeWav(wav, 48_000, 1, 2, sample -> sample < 48_000 ? 0 : tone(sample, 48_000, 440));
        Path source = folder.resolve("source.mp4");
        write(source, 16, List.of(new SoundTrack(wav, 0, 2, 0)));
        Path broadcast = folder.resolve("broadcast.ts");
        TestMedia.remux(source, broadcast, "mpegts", stream -> {}, LongUnaryOperator.identity());
        Path file = folder.resolve("again.mp4");
        write(file, 16, List.of(new SoundTrack(broadcast, 0.5, 1.5, 0)));
        DecodedSound found = sound(file);
        assertTrue(found.rms(0, 0.45) < SILENCE, "before: " + found.rms(0, 0.45));
        assertEquals(TONE, found.rms(0.55, 1.4), TONE_TOLERANCE);
    }

    @Test
    void endsWithThePictures() {
        Path source = clipWithTone("source.mp4", 48_000, 1, 4);
        for (String name : List.of("short.mp4", "short.webm")) {
            Path file = folder.resolve(name);
            write(file, 8, List.of(new SoundTrack(source, 0, 4, 0)));
            assertEquals(1, sound(file).endSeconds(), PACKET_SECONDS, name);
        }
    }

    @Test
    void takesSourcesWithoutSoundForSilence() throws IOException {
        Path silent = folder.resolve("silent.mp4");
        write(silent, 8, List.of());
        Path file = folder.resolve("also-silent.mp4");
        write(file, 8, List.of(new SoundTrack(silent, 0, 1, 0)));
        assertTrue(DecodedSound.read(file).isEmpty());
        assertArrayEquals(Files.readAllBytes(silent), Files.readAllBytes(file));
        Path tone = wav("tone.wav", 48_000, 1, 1, 440);
        Path half = folder.resolve("half.mp4");
        write(half, 16, List.of(new SoundTrack(silent, 0, 1, 0), new SoundTrack(tone, 0, 1, 1)));
        assertTrue(sound(half).rms(0, 0.95) < SILENCE);
        assertEquals(TONE, sound(half).rms(1.05, 1.95), TONE_TOLERANCE);
    }

    @Test
    void saysWhetherAFileHasSound() {
        Path source = clipWithTone("source.mp4", 48_000, 1, 1);
        Path silent = folder.resolve("silent.mp4");
        write(silent, 8, List.of());
        try (ClipReader withSound = ClipReader.open(source);
                ClipReader without = ClipReader.open(silent)) {
            assertTrue(withSound.info().hasSound());
            assertEquals(8, withSound.info().frames());
            assertTrue(!without.info().hasSound());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"GIF", "WEBP", "PNG_SEQUENCE"})
    void dropsSoundWhereThereIsNoPlaceForIt(OutputFormat format) {
        Path file = folder.resolve("silent-%d" + format.extension());
        write(file, format, 2, List.of(new SoundTrack(folder.resolve("none.wav"), 0, 1, 0)));
        assertTrue(files().stream().allMatch(path -> path.toString().endsWith(format.extension())));
    }

    @Test
    void refusesSourcesThatCannotBeRead() throws IOException {
        Path missing = folder.resolve("missing.mp4");
        OutputException none = assertThrows(
                OutputException.class,
                () -> write(folder.resolve("a.mp4"), 2, List.of(new SoundTrack(missing, 0, 1, 0))));
        assertEquals(
                "sound of " + missing + ": expected a video or sound file, found no file of that name",
                none.getMessage());
        Path text = Files.writeString(folder.resolve("text.mp4"), "no sound here\n");
        OutputException unreadable = assertThrows(
                OutputException.class, () -> write(folder.resolve("a.mp4"), 2, List.of(new SoundTrack(text, 0, 1, 0))));
        assertTrue(unreadable.getMessage().startsWith("sound of " + text + ": expected"), unreadable.getMessage());
        assertEquals(List.of(text), files());
        assertThrows(RequestException.class, () -> new SoundTrack(text, -1, 1, 0));
        assertThrows(RequestException.class, () -> new SoundTrack(text, 0, 0, 0));
        assertThrows(RequestException.class, () -> new SoundTrack(text, 0, Double.NaN, 0));
        assertThrows(RequestException.class, () -> new SoundTrack(text, 0, 1, Double.POSITIVE_INFINITY));
    }

    /** Equal frames, tags and sound give equal bytes. */
    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "WEBM_VP9", "MKV_H264"})
    void writesEqualSoundAsEqualBytes(OutputFormat format) throws IOException {
        Path tone = wav("tone.wav", 44_100, 2, 1, 440);
        Path source = clipWithTone("source.mp4", 48_000, 1, 1);
        for (Path sound : List.of(tone, source)) {
            Path first = folder.resolve("first" + format.extension());
            Path second = folder.resolve("second" + format.extension());
            write(first, 12, List.of(new SoundTrack(sound, 0.1, 0.8, 0.2)));
            write(second, 12, List.of(new SoundTrack(sound, 0.1, 0.8, 0.2)));
            assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        }
    }

    private static double tone(int sample, int sampleRate, double hertz) {
        return 0.5 * Math.sin(2 * Math.PI * hertz * sample / sampleRate);
    }

    private Path wav(String name, int sampleRate, int channels, double seconds, double hertz) {
        Path file = folder.resolve(name);
        TestMedia.writeWav(file, sampleRate, channels, seconds, sample -> tone(sample, sampleRate, hertz));
        return file;
    }

    /** A clip with AAC, as a camera would make it. */
    private Path clipWithTone(String name, int sampleRate, int channels, int seconds) {
        Path wav = wav("source.wav", sampleRate, channels, seconds, 440);
        Path file = folder.resolve(name);
        write(file, seconds * 8, List.of(new SoundTrack(wav, 0, seconds, 0)));
        return file;
    }

    private void write(Path file, int frames, List<SoundTrack> sound) {
        write(file, OutputFormat.forPath(file), frames, sound);
    }

    private void write(Path file, OutputFormat format, int frames, List<SoundTrack> sound) {
        try (Arena arena = Arena.ofConfined();
                VideoEncoder encoder = VideoEncoder.open(file, format, 32, 32, RATE, Map.of(), sound)) {
            for (Frame frame : FlatShapes.clip(arena, 32, 32, frames)) {
                encoder.accept(frame);
            }
            encoder.finish();
        }
    }

    private static DecodedSound sound(Path file) {
        return DecodedSound.read(file).orElseThrow();
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
