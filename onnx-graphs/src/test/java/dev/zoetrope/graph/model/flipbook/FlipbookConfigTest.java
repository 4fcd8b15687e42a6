package dev.zoetrope.graph.model.flipbook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.zoetrope.graph.GraphException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlipbookConfigTest {
    @TempDir
    Path folder;

    @Test
    void soundFilesAreRead() throws IOException {
        TransformerConfig transformer = TransformerConfig.read(write(TinyFlipbook.TRANSFORMER_CONFIG));
        assertEquals(24, transformer.width());
        assertEquals(12, transformer.headSize());
        assertEquals(0.001, transformer.sigmaMin());
        assertEquals(16, transformer.defaultSteps());
        CodecConfig codec = CodecConfig.read(write(TinyFlipbook.CODEC_CONFIG));
        assertEquals(new CodecConfig(6, 4, 8, 4, 8, 9), codec);
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"width\": 24|\"width\": 0|width: expected a whole number within 2..16384, found 0",
                "\"width\": 24|\"width\": 24.5|width: expected a whole number within 2..16384, found 24.5",
                "\"width\": 24|\"width\": \"24\"|width: expected a whole number within 2..16384, found \"24\"",
                "\"width\": 24|\"width\": 1e99|width: expected a whole number within 2..16384, found 1.0E99",
                "\"width\": 24,||width: expected a whole number within 2..16384, found nothing",
                "\"width\": 24|\"width\": 24, \"widht\": 3|widht: expected a known key, found an unknown one",
                "\"heads\": 2|\"heads\": 5|heads: expected a divisor of width 24 with an even head size of at least 6, found 5",
                "\"heads\": 2|\"heads\": 12|heads: expected a divisor of width 24 with an even head size of at least 6, found 12",
                "\"sigma_min\": 0.001|\"sigma_min\": -1|sigma_min: expected a number above 0, found -1",
                "FlipbookTransformer|FlipbookCodec|_class_name: expected FlipbookTransformer, found \"FlipbookCodec\"",
            })
    void wrongKeysAreNamed(String sound, String wrong, String message) throws IOException {
        String replacement = wrong == null ? "" : wrong;
        Path file = write(TinyFlipbook.TRANSFORMER_CONFIG.replace(sound, replacement));
        GraphException refused = assertThrows(GraphException.class, () -> TransformerConfig.read(file));
        assertEquals(file + ": " + message, refused.getMessage());
    }

    @Test
    void filesThatAreNoObjectAreRefused() throws IOException {
        for (String text : new String[] {"[]", "{", "", "{\"a\": 1, \"a\": 2}", "{} {}"}) {
            Path file = write(text);
            GraphException refused = assertThrows(GraphException.class, () -> CodecConfig.read(file), text);
            assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
        }
        assertThrows(GraphException.class, () -> CodecConfig.read(folder.resolve("none.json")));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("config.json"), text);
    }
}
