package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** A model folder that training has just written renders; see {@code parity.ExportedModelTest}. */
@EnabledIfEnvironmentVariable(named = "ZOETROPE_TEST_EXPORT", matches = ".+")
class ExportedModelRenderTest {
    @Test
    void promptsMakePicturesAndSeedsRepeatThem() {
        Path model = Path.of(System.getenv("ZOETROPE_TEST_EXPORT"), "model");
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model))) {
            List<byte[]> first = render(zoetrope, 1);
            List<byte[]> again = render(zoetrope, 1);
            List<byte[]> other = render(zoetrope, 2);
            assertEquals(5, first.size());
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(first.get(i), again.get(i), "frame " + i);
                assertFalse(Arrays.equals(first.get(i), other.get(i)), "frame " + i + " of another seed");
            }
        }
    }

    private static List<byte[]> render(Zoetrope zoetrope, long seed) {
        RenderRequest request = RenderRequest.of("a red ball moves left over the sea")
                .withSize(48, 32)
                .withFrames(5)
                .withSteps(2)
                .withSeed(seed);
        FrameCollector frames = new FrameCollector();
        try (Clip clip = zoetrope.render(request)) {
            clip.decodeTo(frames);
        }
        return frames.frames();
    }
}
