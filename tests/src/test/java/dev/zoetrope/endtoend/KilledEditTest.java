package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.encode.ClipReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An edit whose process is killed goes on from its checkpoint by {@code render --resume}, to the same frames. */
class KilledEditTest {
    private static final String MODEL = TinyModel.folder().toString();

    /**
     * Of a window. An edit here has several, so that a kill at some step is mostly neither in the first nor the last. A disk that takes
     * long lets steps go by without a checkpoint: there are several steps for each that is waited for.
     */
    private static final int STEPS = 100;

    /** Seen by a process that looks as often as it can and may miss some, so there were at least as many. */
    private static final int CHECKPOINTS_BEFORE_THE_KILL = 25;

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(120);

    @TempDir
    Path folder;

    @BeforeEach
    void renderTheClip() {
        Result made = CommandLineProcess.runHere(
                "render",
                "a red ball",
                "--size",
                "32x32",
                "--frames",
                "9",
                "--steps",
                "1",
                "--seed",
                "1",
                "--keep-latents",
                "--model",
                MODEL,
                "-o",
                folder.resolve("ball.mp4").toString());
        assertEquals(0, made.status(), made.err());
    }

    @Test
    void anExtensionGoesOn() throws Exception {
        killedAndResumed("extend", "ball.mp4", "--by", "6s", "--sampler", "ddpm");
    }

    @Test
    void aStoryboardGoesOn() throws Exception {
        Files.writeString(folder.resolve("trip.yaml"), """
                size: 16x16
                fps: 8
                sampler: unipc
                shots:
                  - prompt: a red ball
                    seconds: 3
                    clip: ball.mp4
                  - prompt: a blue square
                    seconds: 3
                    transition: blend
                  - prompt: a green star
                    seconds: 3
                """);
        killedAndResumed("storyboard", "trip.yaml");
    }

    private void killedAndResumed(String... edit) throws Exception {
        Path checkpoint = folder.resolve("edit.checkpoint");
        Process process = CommandLineProcess.start(
                folder,
                Map.of(),
                command(
                        edit,
                        "--checkpoint",
                        checkpoint.toString(),
                        "--checkpoint-every",
                        "0",
                        "-o",
                        "never-%05d.png"));
        int seen = awaitCheckpoints(process, checkpoint);
        process.toHandle().destroyForcibly(); // SIGKILL: no handler, no flush; the streams stay to be read
        Result killed = CommandLineProcess.finish(process);
        assertEquals(128 + 9, killed.status(), "killed by signal 9 after " + seen + " checkpoints: " + killed.err());
        assertEquals(List.of(), pictures("never"), "nothing under the name that was asked for");
        assertTrue(Files.exists(checkpoint));

        // From the same folder: the checkpoint names the clip as the edit did.
        Result resumed = CommandLineProcess.run(
                folder,
                Map.of(),
                CommandLineProcess.java(
                        List.of(),
                        "render",
                        "--resume",
                        checkpoint.toString(),
                        "--model",
                        MODEL,
                        "-o",
                        "resumed-%05d.png"));
        assertEquals(0, resumed.status(), resumed.err());
        assertFalse(Files.exists(checkpoint), "a clip that was saved needs it no more");
        Result whole = CommandLineProcess.run(folder, Map.of(), command(edit, "-o", "whole-%05d.png"));
        assertEquals(0, whole.status(), whole.err());

        List<Path> expected = pictures("whole");
        List<Path> found = pictures("resumed");
        assertEquals(expected.size(), found.size());
        assertTrue(expected.size() > 9, expected.size() + " frames");
        for (int frame = 0; frame < expected.size(); frame++) {
            assertArrayEquals(pixels(expected.get(frame)), pixels(found.get(frame)), "frame " + frame);
        }
    }

    /** Waits until the checkpoint was replaced often enough to be in the middle of the work. */
    private static int awaitCheckpoints(Process process, Path checkpoint) throws IOException, InterruptedException {
        long start = System.nanoTime();
        int seen = 0;
        Object last = "";
        while (seen < CHECKPOINTS_BEFORE_THE_KILL && process.isAlive() && System.nanoTime() - start < LONGEST_NANOS) {
            try {
                BasicFileAttributes now = Files.readAttributes(checkpoint, BasicFileAttributes.class);
                Object version = List.of(now.lastModifiedTime(), Objects.requireNonNullElse(now.fileKey(), ""));
                seen += version.equals(last) ? 0 : 1;
                last = version;
            } catch (NoSuchFileException _) {
                // not yet
            }
            Thread.sleep(1);
        }
        assertTrue(process.isAlive(), "still at work after " + seen + " checkpoints");
        return seen;
    }

    private static List<String> command(String[] edit, String... more) {
        List<String> all = new ArrayList<>(List.of(edit));
        all.addAll(List.of("--model", MODEL, "--steps", "" + STEPS, "--seed", "7"));
        all.addAll(List.of(more));
        return CommandLineProcess.java(List.of(), all.toArray(String[]::new));
    }

    private List<Path> pictures(String name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name))
                    .sorted()
                    .toList();
        }
    }

    private static byte[] pixels(Path picture) {
        FrameCollector collector = new FrameCollector();
        try (ClipReader reader = ClipReader.open(picture)) {
            reader.readTo(collector);
        }
        return collector.frames().getFirst();
    }
}
