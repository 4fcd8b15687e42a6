package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.WorkPlan;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.MeasuredClip;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import dev.zoetrope.runtime.pipeline.RenderListener;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What edits do with the files they are given, with random weights. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EditInputTest {
    /** Of a clip of nine frames. */
    private static final int LATENTS = 3;

    @TempDir
    static Path folder;

    private final MeasuredFiles files = new MeasuredFiles();

    @SuppressWarnings("NullAway.Init") // before all tests
    private Zoetrope zoetrope;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // after all tests
    void open() {
        zoetrope = Zoetrope.open(
                EngineOptions.defaults().withModelFolder(TinyModel.folder()).withFiles(files));
    }

    @AfterAll
    void close() {
        zoetrope.close();
    }

    private static RenderRequest request() {
        return RenderRequest.of("a red ball").withSteps(1);
    }

    private Path saved(String name, int frames, long seed) {
        Path file = folder.resolve(name);
        try (Clip clip = zoetrope.render(
                request().withSize(32, 32).withFrames(frames).withFps(8).withSeed(seed))) {
            clip.save(file);
        }
        return file;
    }

    /** A GIF and pictures have to be decoded to be counted. */
    @Test
    void everyInputIsReadThroughOnceFromThePlanToTheFrames() {
        Path gif = saved("once.gif", 9, 1);
        Path clip = saved("once.mp4", 6, 2);
        Path picture = saved("once.png", 1, 3);
        long before = files.readings();
        List<Edit> edits = List.of(
                new Edit.Connect(gif, clip, 1),
                new Edit.Connect(gif, gif, 1),
                new Edit.Compose(List.of(Edit.Placed.at(picture, 0), Edit.Placed.at(clip, 0.5)), List.of(), false),
                new Edit.Restyle(gif, 0.5, Optional.of(picture)),
                new Edit.Interpolate(clip));
        for (Edit edit : edits) {
            RenderRequest asked = request().withEdit(edit);
            zoetrope.plan(asked);
            RenderRequest resolved = zoetrope.resolve(asked);
            try (Clip made = zoetrope.render(resolved)) {
                made.decodeTo(new KeptFrames());
            }
        }
        assertEquals(3, files.readings() - before, "files that were read through to be measured");
    }

    /** A program gets the same refusals as the command line, before anything is done. */
    @Test
    void filesOfTheWrongKindAreRefusedBeforeAnyWork() throws IOException {
        Path clip = saved("kind.mp4", 5, 4);
        Path picture = saved("kind.png", 1, 5);
        Path text = Files.writeString(folder.resolve("kind.txt"), "no clip");
        refused(new Edit.Extend(picture, 1, false), "clip " + picture + ": expected at least two frames");
        refused(new Edit.Loop(picture, 1), "found a picture");
        refused(new Edit.Connect(clip, picture, 1), "found a picture");
        refused(new Edit.Interpolate(picture), "found a picture");
        refused(
                new Edit.Restyle(clip, 1, Optional.of(clip)),
                "picture " + clip + ": expected one frame, found a clip of 5");
        refused(new Edit.Restyle(clip, 1, Optional.of(text)), "clip " + text + ": expected");
        refused(new Edit.Extend(folder.resolve("none.mp4"), 1, true), "no file of that name");
    }

    private void refused(Edit edit, String message) {
        RequestException refused = assertThrows(
                RequestException.class, () -> zoetrope.plan(request().withEdit(edit)));
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
    }

    /** Latents of the first clip of an edit, and what is said about it. */
    private record Extended(List<byte[]> kept, List<String> warnings) {
        void assertSame(Extended other) {
            for (int i = 0; i < kept.size(); i++) {
                assertArrayEquals(kept.get(i), other.kept().get(i), "latent " + i);
            }
        }

        boolean isOf(List<byte[]> latents) {
            return IntStream.range(0, kept.size()).allMatch(i -> Arrays.equals(kept.get(i), latents.get(i)));
        }
    }

    private static List<byte[]> latents(Clip clip) {
        return IntStream.range(0, LATENTS)
                .mapToObj(i -> clip.latents().latent(i).toArray(ValueLayout.JAVA_BYTE))
                .toList();
    }

    private Extended extended(Path clip) {
        try (Clip longer = zoetrope.render(request().withEdit(new Edit.Extend(clip, 0.5, false)))) {
            return new Extended(latents(longer), longer.warnings());
        }
    }

    @MustBeClosed
    private Clip rendered(long seed) {
        return zoetrope.render(
                request().withSize(32, 32).withFrames(9).withFps(8).withSeed(seed));
    }

    @Test
    void latentsOfAClipThatWasReplacedAreNotTakenAndThatIsSaid() throws IOException {
        Path file = folder.resolve("replaced.mp4");
        List<byte[]> first;
        try (Clip clip = rendered(11);
                Clip other = rendered(12)) {
            first = latents(clip);
            clip.save(file);
            clip.saveLatents(LatentsFile.beside(file));
            Extended kept = extended(file);
            assertTrue(kept.isOf(first), "its own latents");
            assertEquals(List.of(), kept.warnings());
            other.save(file); // of the same size, rate, length and model
        }
        Extended found = extended(file);
        assertFalse(found.isOf(first), "the latents of what was there before");
        assertEquals(1, found.warnings().size(), found.warnings().toString());
        String warning = found.warnings().getFirst();
        assertTrue(warning.startsWith("latents " + LatentsFile.beside(file) + ": expected those of " + file), warning);
        Extended alone = extended(Files.copy(file, folder.resolve("alone.mp4")));
        assertEquals(List.of(), alone.warnings());
        alone.assertSame(found);
    }

    /** As files of before say nothing of the clip, what is beside them is believed as it was then. */
    @Test
    void latentsThatDoNotSayWhatTheyGoWithAreTakenAsBefore() {
        Path file = folder.resolve("older.mp4");
        try (Clip clip = rendered(13);
                Clip other = rendered(14)) {
            other.save(file);
            clip.saveLatents(LatentsFile.beside(file)); // never saved itself
            assertEquals(
                    List.of(), LatentsFile.readHeader(LatentsFile.beside(file)).clips());
            Extended found = extended(file);
            assertTrue(found.isOf(latents(clip)));
            assertEquals(List.of(), found.warnings());
        }
    }

    @Test
    void latentsGoWithEveryFileTheirClipWasSavedToInAnyOrder() throws IOException {
        Path early = folder.resolve("early.mp4");
        Path late = folder.resolve("late.webm");
        Path moved = folder.resolve("moved.webm");
        try (Clip clip = rendered(15)) {
            clip.saveLatents(LatentsFile.beside(early));
            clip.save(early);
            clip.save(late);
            clip.saveLatents(LatentsFile.beside(late));
            Files.copy(late, moved);
            Files.copy(LatentsFile.beside(late), LatentsFile.beside(moved));
            for (Path file : List.of(early, late, moved)) {
                LatentsFile.Header header = LatentsFile.readHeader(LatentsFile.beside(file));
                assertTrue(header.clips().contains(MeasuredClip.digestOf(file)), file + ": " + header.clips());
                assertTrue(extended(file).isOf(latents(clip)), file.toString());
            }
            assertEquals(
                    1, LatentsFile.readHeader(LatentsFile.beside(early)).clips().size());
        }
    }

    /** What is made over begins in the middle of the schedule, which a plan has to know. */
    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.3, 0.5, 0.8, 1})
    void aPlanCountsTheStepsThatARenderTakes(double strength) {
        Path file = saved("steps.mp4", 5, 16);
        RenderRequest asked = request().withSteps(12).withEdit(new Edit.Restyle(file, strength, Optional.empty()));
        int[] taken = {0};
        RenderOptions options = RenderOptions.defaults().withListener(new RenderListener() {
            @Override
            public void step(int step, int steps, Duration remaining) {
                taken[0]++;
            }
        });
        try (Clip clip = zoetrope.render(asked, options)) {
            assertEquals(5, clip.frames());
        }
        WorkPlan plan = zoetrope.plan(asked);
        assertEquals(1, plan.windows());
        assertEquals(taken[0], plan.steps());
        assertEquals(plan.tokens() * plan.segments() * taken[0], plan.work());
    }
}
