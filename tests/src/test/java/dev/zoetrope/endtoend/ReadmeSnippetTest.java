package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's lines are these lines, and they run. */
class ReadmeSnippetTest {
    @Test
    void theLinesOfTheReadmeAreCompiledHere() throws IOException {
        Path root = Path.of(System.getProperty("zoetrope.root"));
        String source =
                Files.readString(root.resolve("tests/src/test/java/dev/zoetrope/endtoend/ReadmeSnippetTest.java"));
        String readme = Files.readString(root.resolve("README.md"));
        String snippet = readme.substring(
                readme.indexOf("try (var zoetrope"), readme.indexOf("```", readme.indexOf("try (var zoetrope")));
        String asCompiled = snippet.replace("Path.of(\"ball.mp4\")", "folder.resolve(\"ball.mp4\")");
        assertTrue(words(source).contains(words(asCompiled)), "README shows:\n" + snippet);
    }

    @Test
    void theyMakeAClip(@TempDir Path folder) throws IOException {
        try (var zoetrope = Zoetrope.open();
                var clip = zoetrope.render(RenderRequest.of("a red ball bounces over the sea at night"))) {
            clip.save(folder.resolve("ball.mp4"));
        }
        assertTrue(Files.size(folder.resolve("ball.mp4")) > 1000);
    }

    private static String words(String code) {
        return code.replaceAll("\\s+", " ").strip().toLowerCase(Locale.ROOT);
    }
}
