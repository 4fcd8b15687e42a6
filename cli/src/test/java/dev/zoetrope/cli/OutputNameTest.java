package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputNameTest {
    @Test
    void wordsBecomeAName() {
        assertEquals("a-red-ball-bounces", OutputName.slug("A red ball, bounces!"));
        assertEquals("gruner-ball", OutputName.slug("Grüner Ball"));
        assertEquals("clip", OutputName.slug("🐙🚀"));
        assertEquals("etc-passwd", OutputName.slug("../../etc/passwd"));
        assertEquals(
                "one-two-three-four-five-six-seven-eight",
                OutputName.slug("one two three four five six seven eight nine ten"));
    }

    @Test
    void aTakenNameGetsANumber(@TempDir Path folder) throws IOException {
        Path name = folder.resolve("ball-7.mp4");
        assertEquals(name, OutputName.free(name));

        Files.createFile(name);
        Files.createFile(folder.resolve("ball-7-2.mp4"));
        assertEquals(folder.resolve("ball-7-3.mp4"), OutputName.free(name));
    }

    @Test
    void theNearestNameIsFoundOnlyWhenItIsNear() {
        List<String> names = List.of("steps", "size", "keep-latents");

        assertEquals(Optional.of("steps"), NearestName.of("stpes", names));
        assertEquals(Optional.of("keep-latents"), NearestName.of("latent", names));
        assertEquals(Optional.empty(), NearestName.of("colour", names));
    }
}
