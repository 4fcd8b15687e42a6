package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptSourceTest {
    @TempDir
    Path folder;

    @Test
    void theArgumentItself() {
        assertEquals("a red ball", PromptSource.read(" a red ball\n", nothing()));
        assertEquals("🐙 dances", PromptSource.read("🐙 dances", nothing()));
    }

    @Test
    void standardInput() {
        byte[] text = "ein großer Ball\n".getBytes(StandardCharsets.UTF_8);

        assertEquals("ein großer Ball", PromptSource.read("-", new ByteArrayInputStream(text)));
    }

    @Test
    void aFile() throws IOException {
        Path file = Files.writeString(folder.resolve("prompt.txt"), "a blue square\n");

        assertEquals("a blue square", PromptSource.read("@" + file, nothing()));
    }

    @Test
    void twoAtSignsAreOne() {
        assertEquals("@home", PromptSource.read("@@home", nothing()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \n", "-", "@/does/not/exist", "@/", "lost \uFFFD"})
    void whatIsNoPromptIsRefusedWithACure(String argument) {
        RequestException refusal = assertThrows(RequestException.class, () -> PromptSource.read(argument, nothing()));

        assertTrue(String.valueOf(refusal.getMessage()).startsWith("prompt: expected "), refusal.getMessage());
        assertTrue(String.valueOf(refusal.getMessage()).endsWith(")"), "the cure stands in brackets at the end");
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        InputStream latin1 = new ByteArrayInputStream(new byte[] {'g', 'r', (byte) 0xF6, 'n'});

        RequestException refusal = assertThrows(RequestException.class, () -> PromptSource.read("-", latin1));
        assertEquals("prompt: expected UTF-8 text, found other bytes in standard input", refusal.getMessage());
    }

    private static InputStream nothing() {
        return InputStream.nullInputStream();
    }
}
