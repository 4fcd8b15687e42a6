package dev.zoetrope.graph.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.flipbook.TinyFlipbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's lines are these lines, and they run. */
class ReadmeTest {
    @Test
    void readmeLinesRun(@TempDir Path directory) throws IOException {
        Path folder = TinyFlipbook.write(directory, "F32");
        OnnxModel denoiser = FlipbookTransformer.build(folder.resolve("transformer"), NetworkForm.cpu(16));
        OnnxModel decoder = FlipbookCodec.decoder(folder.resolve("vae"), FrameForm.RGB8);
        byte[] graph = denoiser.bytes();
        Path weights = denoiser.weightFolder();
        denoiser.save(directory.resolve("export/denoiser.onnx"));

        assertEquals("flipbook-decoder", decoder.name());
        assertEquals(folder.resolve("transformer").toRealPath(), weights);
        assertArrayEquals(graph, Files.readAllBytes(directory.resolve("export/denoiser.onnx")));
        String readme = Files.readString(Path.of("README.md"));
        for (String line : List.of(
                "OnnxModel denoiser = FlipbookTransformer.build(folder.resolve(\"transformer\"), NetworkForm.cpu(16));",
                "OnnxModel decoder = FlipbookCodec.decoder(folder.resolve(\"vae\"), FrameForm.RGB8);",
                "byte[] graph = denoiser.bytes();",
                "Path weights = denoiser.weightFolder();",
                "denoiser.save(")) {
            assertTrue(readme.contains(line), line);
        }
    }
}
