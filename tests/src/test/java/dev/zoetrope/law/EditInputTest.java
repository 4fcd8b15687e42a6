package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What edits do with the files they are given, with random weights. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EditInputTest {
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
}
