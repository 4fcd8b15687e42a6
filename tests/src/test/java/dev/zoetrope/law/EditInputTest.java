package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.MeasuredFiles;
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
        assertEquals(3, files.readings(), "files that were read through to be measured");
    }
}
