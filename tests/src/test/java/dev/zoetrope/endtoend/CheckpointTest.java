package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.pipeline.Checkpoint;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.sample.SamplerKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A render that is killed goes on where it was, and ends with the same frames. */
class CheckpointTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"ddpm", "unipc"})
    void aKilledRenderResumesWithIdenticalFrames(String sampler) throws Exception {
        Path checkpoint = folder.resolve("render.checkpoint");
        long seed = System.nanoTime();
        int killAt = 1 + new Random(seed).nextInt(CheckpointChild.STEPS - 10);

        Process killed = start("render", checkpoint, folder.resolve("never.raw"), sampler);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(killed.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.equals("step " + killAt)) {
                line = lines.readLine();
            }
            awaitFile(checkpoint); // written behind the steps
            killed.destroyForcibly(); // SIGKILL: no handler, no flush
            assertEquals("step " + killAt, line, "the render got as far as the step to be killed at, seed " + seed);
        }
        assertTrue(killed.waitFor(60, TimeUnit.SECONDS));
        assertEquals(128 + 9, killed.exitValue(), "killed by signal 9");
        assertFalse(Files.exists(folder.resolve("never.raw")));

        run("resume", checkpoint, folder.resolve("resumed.raw"), sampler);
        run("render", folder.resolve("other.checkpoint"), folder.resolve("whole.raw"), sampler);
        byte[] resumed = Files.readAllBytes(folder.resolve("resumed.raw"));
        byte[] whole = Files.readAllBytes(folder.resolve("whole.raw"));
        assertEquals(9 * 64 * 64 * 3, whole.length);
        assertEquals(-1, Arrays.mismatch(whole, resumed), "first different byte, killed at step " + killAt);
        assertFalse(Files.exists(checkpoint), "a finished render removes its checkpoint");
    }

    @Test
    void aCheckpointOfAnotherModelIsRefusedWithTheReason() throws IOException {
        Path checkpoint = cancelledRender();
        Path other = folder.resolve("model");
        copy(TinyModel.folder(), other);
        Path config = other.resolve("scheduler/scheduler_config.json");
        Files.writeString(config, Files.readString(config) + " ");

        CheckpointException refused = resume(other, checkpoint);
        assertTrue(refused.getMessage().contains("expected the same model"), refused.getMessage());
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    @Test
    void aCheckpointOfAnotherLibraryProviderOrVersionIsRefusedWithTheReason() throws IOException {
        Path checkpoint = cancelledRender();
        Checkpoint.Identity identity = identity();
        assertEquals(
                CheckpointChild.request(SamplerKind.DDPM).prompt(),
                dev.zoetrope.runtime.RenderRequest.fromJson(
                                Checkpoint.read(checkpoint, identity).requestJson())
                        .prompt());
        refused(
                checkpoint,
                "native library",
                new Checkpoint.Identity(
                        identity.modelFingerprint(), "another", identity.provider(), identity.softwareVersion()));
        refused(
                checkpoint,
                "provider",
                new Checkpoint.Identity(
                        identity.modelFingerprint(), identity.libraryHash(), "cuda", identity.softwareVersion()));
        refused(
                checkpoint,
                "Zoetrope version",
                new Checkpoint.Identity(
                        identity.modelFingerprint(), identity.libraryHash(), identity.provider(), "9.9"));
    }

    @Test
    void aSaveThatFailsLeavesTheCheckpointForAnotherTry() {
        Path checkpoint = folder.resolve("unsaved.checkpoint");
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()));
                Clip clip = zoetrope.render(
                        CheckpointChild.request(SamplerKind.DDIM).withSteps(4),
                        RenderOptions.defaults().withCheckpoint(checkpoint).withCheckpointInterval(Duration.ZERO))) {
            assertThrows(OutputException.class, () -> clip.save(folder.resolve("missing/clip.mp4")));
            assertTrue(Files.exists(checkpoint), "after the failed save");
            clip.save(folder.resolve("clip.mp4"));
            assertFalse(Files.exists(checkpoint), "after the good one");
        }
    }

    @Test
    void aDamagedCheckpointIsRefused() throws IOException {
        Path checkpoint = cancelledRender();
        byte[] bytes = Files.readAllBytes(checkpoint);
        Files.write(checkpoint, Arrays.copyOf(bytes, bytes.length - 100));
        assertTrue(resume(TinyModel.folder(), checkpoint).getMessage().contains("truncated or altered"));

        byte[] altered = bytes.clone();
        altered[bytes.length / 2] ^= 1;
        Files.write(checkpoint, altered);
        assertTrue(resume(TinyModel.folder(), checkpoint).getMessage().contains("truncated or altered"));

        Files.writeString(checkpoint, "not a checkpoint");
        assertTrue(resume(TinyModel.folder(), checkpoint).getMessage().contains("found other bytes"));
    }

    private static void refused(Path checkpoint, String what, Checkpoint.Identity here) {
        CheckpointException refused = assertThrows(CheckpointException.class, () -> Checkpoint.read(checkpoint, here));
        assertTrue(String.valueOf(refused.getMessage()).contains("expected the same " + what), refused.getMessage());
    }

    private static CheckpointException resume(Path model, Path checkpoint) {
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model))) {
            return assertThrows(
                    CheckpointException.class,
                    () -> zoetrope.resume(checkpoint, RenderOptions.defaults()).close());
        }
    }

    private static Checkpoint.Identity identity() {
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            var info = zoetrope.info();
            return new Checkpoint.Identity(
                    info.modelFingerprint(), info.libraryHash(), info.provider(), info.softwareVersion());
        }
    }

    @Test
    void aDiskThatTakesNoCheckpointEndsTheRender() throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        RenderListener listener = new RenderListener() {
            @Override
            public void step(int step, int steps, Duration remaining) {
                if (step == 1) {
                    remove(gone);
                }
            }
        };
        RenderOptions options = RenderOptions.defaults()
                .withListener(listener)
                .withCheckpoint(gone.resolve("checkpoint"))
                .withCheckpointInterval(Duration.ofMillis(20));
        String failure = failedRender(options).getMessage();
        assertTrue(failure.contains("cannot be written: no such folder"), failure);
    }

    private static CheckpointException failedRender(RenderOptions options) {
        RenderRequest request = CheckpointChild.request(SamplerKind.DDPM).withSteps(1000);
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            return assertThrows(
                    CheckpointException.class,
                    () -> zoetrope.render(request, options).close());
        }
    }

    private static void remove(Path gone) {
        try {
            Files.deleteIfExists(gone);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void awaitFile(Path file) throws InterruptedException {
        long start = System.nanoTime();
        while (!Files.exists(file)) {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60), "no checkpoint");
            Thread.sleep(1);
        }
    }

    /** A checkpoint as a cancelled render leaves it. */
    private Path cancelledRender() {
        Path checkpoint = folder.resolve("cancelled.checkpoint");
        int[] steps = {0};
        RenderListener listener = new RenderListener() {
            @Override
            public void step(int step, int of, Duration remaining) {
                steps[0] = step;
            }

            @Override
            public boolean cancelled() {
                return steps[0] == 3;
            }
        };
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            RenderOptions options =
                    RenderOptions.defaults().withListener(listener).withCheckpoint(checkpoint);
            assertThrows(
                    RenderCancelledException.class,
                    () -> zoetrope.render(CheckpointChild.request(SamplerKind.DDPM), options)
                            .close());
        }
        assertTrue(Files.exists(checkpoint));
        return checkpoint;
    }

    private static Process start(String mode, Path checkpoint, Path frames, String sampler) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                CheckpointChild.class.getName(),
                TinyModel.folder().toString(),
                mode,
                checkpoint.toString(),
                frames.toString(),
                sampler);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void run(String mode, Path checkpoint, Path frames, String sampler) throws Exception {
        Process process = start(mode, checkpoint, frames, sampler);
        process.getInputStream().readAllBytes();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), mode);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
