package dev.zoetrope.graph.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.TinyFlipbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTest {
    @TempDir
    Path folder;

    private Path vae = Path.of("");

    @BeforeEach
    void writeModel() {
        vae = TinyFlipbook.write(folder.resolve("model"), "F32").resolve("vae");
    }

    @Test
    void savedBesideItsWeightsNothingElseIsWritten() throws IOException {
        OnnxModel model = FlipbookCodec.encoder(vae);
        model.save(vae.resolve("encoder.onnx"));
        assertArrayEquals(model.bytes(), Files.readAllBytes(vae.resolve("encoder.onnx")));
        assertEquals(List.of("config.json", "encoder.onnx", "model.safetensors"), names(vae));
    }

    @Test
    void weightsOfSixteenBitsTakeThirtyTwoInASession() {
        Path half = TinyFlipbook.write(folder.resolve("half"), "F16").resolve("vae");
        long bytes = FlipbookCodec.encoder(vae).loadedBytes();
        assertTrue(bytes > 0);
        assertEquals(bytes, FlipbookCodec.encoder(half).loadedBytes());
    }

    @Test
    void savedElsewhereTheWeightsComeAlong() throws IOException {
        Path elsewhere = folder.resolve("export/deep");
        OnnxModel model = FlipbookCodec.encoder(vae);
        model.save(elsewhere.resolve("encoder.onnx"));
        model.save(elsewhere.resolve("encoder.onnx")); // again: replaces its own file
        assertEquals(List.of("encoder.onnx", "model.safetensors"), names(elsewhere));
        Path weights = elsewhere.resolve("model.safetensors");
        assertFalse(Files.isSymbolicLink(weights));
        assertEquals(-1, Files.mismatch(vae.resolve("model.safetensors"), weights));
    }

    @Test
    void weightsBehindASymbolicLinkAreResolved() throws IOException {
        Path blob = folder.resolve("blob");
        Files.move(vae.resolve("model.safetensors"), blob);
        Files.createSymbolicLink(vae.resolve("model.safetensors"), blob);
        FlipbookCodec.encoder(vae).save(folder.resolve("export/encoder.onnx"));
        assertFalse(Files.isSymbolicLink(folder.resolve("export/model.safetensors")));
        assertEquals(-1, Files.mismatch(blob, folder.resolve("export/model.safetensors")));
    }

    @Test
    void weightsBehindLinksAreNamedWithinTheFolderThatHoldsAll() throws IOException {
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Path snapshot = Files.createDirectories(folder.resolve("snapshots/1/vae"));
        Files.move(vae.resolve("model.safetensors"), blobs.resolve("0123"));
        Files.move(vae.resolve("config.json"), blobs.resolve("4567"));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../../blobs/0123"));
        Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../../../blobs/4567"));
        OnnxModel model = FlipbookCodec.encoder(snapshot);
        assertEquals(blobs.toRealPath(), model.weightFolder());
        assertEquals(List.of("0123"), model.weightFiles());
        model.save(folder.resolve("export/encoder.onnx"));
        assertEquals(List.of("encoder.onnx", "model.safetensors"), names(folder.resolve("export")));
    }

    @Test
    void otherWeightsOfTheSameNameAreKept() throws IOException {
        Path elsewhere = Files.createDirectories(folder.resolve("export"));
        Files.writeString(elsewhere.resolve("model.safetensors"), "another model");
        GraphException refused = assertThrows(
                GraphException.class, () -> FlipbookCodec.encoder(vae).save(elsewhere.resolve("encoder.onnx")));
        assertTrue(refused.getMessage().contains("another weight file of this name"), refused.getMessage());
        assertEquals("another model", Files.readString(elsewhere.resolve("model.safetensors")));
        assertEquals(List.of("model.safetensors"), names(elsewhere));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
