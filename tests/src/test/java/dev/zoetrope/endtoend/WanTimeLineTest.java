package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the time line's operations Wan's weights were trained for, over real folders; the rest is refused with the reason. */
class WanTimeLineTest {
    private static final Path PICTURE = WanRenderTest.model("ti2v-60").resolve("ref/first.png");

    @TempDir
    Path folder;

    @MustBeClosed
    private static Zoetrope open(String model) {
        return Zoetrope.open(EngineOptions.defaults().withModelFolder(WanRenderTest.model(model)));
    }

    private static RenderRequest request(int frames, Edit.Placed... placed) {
        RenderRequest request =
                RenderRequest.of("a boat").withSize(96, 32).withFrames(frames).withSteps(2);
        return placed.length == 0 ? request : request.withEdit(new Edit.Compose(List.of(placed), List.of(), false));
    }

    private static final Edit.Placed FIRST = Edit.Placed.at(PICTURE, 0);
    private static final Edit.Placed LAST = Edit.Placed.at(PICTURE, Edit.Placed.LAST_FRAME);

    private static String refused(Zoetrope zoetrope, RenderRequest request) {
        return String.valueOf(assertThrows(RequestException.class, () -> zoetrope.plan(request))
                .getMessage());
    }

    @Test
    void textModelsTakeNoPictureUnlessAsAnExperiment() {
        try (Zoetrope zoetrope = open("t2v-51")) {
            assertEquals(
                    "time line: expected what the model's weights were trained for, a prompt alone, found a first frame"
                            + " (allowed as an experiment: --experimental)",
                    refused(zoetrope, request(9, FIRST)));
            try (Clip clip = zoetrope.render(request(9, FIRST).withExperimental(true))) {
                assertEquals(9, clip.frames());
            }
        }
    }

    @Test
    void theSmallTwoPointTwoTakesAFirstFrameAndLeadingLatentsButNoLastFrame() {
        try (Zoetrope zoetrope = open("ti2v-60")) {
            assertEquals(5, zoetrope.plan(request(5, FIRST)).frames());
            String message = refused(zoetrope, request(9, FIRST, LAST));
            assertTrue(message.startsWith("time line: expected one run of latents"), message);
            message = refused(zoetrope, request(9, new Edit.Placed(PICTURE, 0, 0.5)));
            assertTrue(message.contains("expected one run of latents"), message);
        }
    }

    /** The latents of the clip stay what they are, bit for bit, and the clip is longer. */
    @Test
    void theSmallTwoPointTwoGoesOnFromAClip() {
        Path file = folder.resolve("clip.mp4");
        try (Zoetrope zoetrope = open("ti2v-60");
                Clip clip = zoetrope.render(request(5))) {
            clip.save(file);
            clip.saveLatents(LatentsFile.beside(file));
            try (Clip longer = zoetrope.render(request(13, Edit.Placed.at(file, 0)))) {
                assertEquals(13, longer.frames());
                assertEquals(4, longer.latents().layout().latents());
                for (int latent = 0; latent < 2; latent++) {
                    assertEquals(
                            -1,
                            clip.latents()
                                    .latent(latent)
                                    .mismatch(longer.latents().latent(latent)),
                            "latent " + latent);
                }
                assertNotEquals(
                        -1, longer.latents().latent(2).mismatch(longer.latents().latent(1)), "the rest is made");
            }
        }
    }

    @Test
    void imageModelsWantAFirstFrameAndTakeALastOne() {
        Path clip = folder.resolve("clip.mp4");
        try (Zoetrope zoetrope = open("a14b-i2v-25")) {
            assertEquals(
                    "picture: expected one on the first frame, for this model animates pictures, found none",
                    refused(zoetrope, request(9)));
            assertEquals(
                    "picture: expected one on the first frame, for this model animates pictures, found one on the last"
                            + " frame only",
                    refused(zoetrope, request(9, LAST)));
            String message = refused(zoetrope, request(9, FIRST, Edit.Placed.at(PICTURE, 0.25)));
            assertTrue(message.contains("expected on the first or the last frame, 0 or 8"), message);
            try (Clip rendered = zoetrope.render(request(9, FIRST, LAST))) {
                assertEquals(9, rendered.frames());
                rendered.save(clip);
            }
            message = refused(zoetrope, request(17, FIRST, Edit.Placed.at(clip, 0)));
            assertTrue(message.startsWith("time line: expected") || message.contains("clip"), message);
        }
    }
}
