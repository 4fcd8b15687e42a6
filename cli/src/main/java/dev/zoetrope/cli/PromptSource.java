package dev.zoetrope.cli;

import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where a prompt comes from: the argument itself, {@code @file}, or {@code -} for standard input. */
final class PromptSource {
    /** Above this a file is no prompt but a mistake; the shipped model reads 64 tokens. */
    private static final int MAX_BYTES = 1 << 20;

    private PromptSource() {}

    /**
     * Reads the prompt an argument stands for.
     *
     * @param argument the text itself, {@code @file}, {@code -}, or {@code @@text} for a text that begins with @
     * @throws RequestException if the file cannot be read or there is no text in it
     */
    static String read(String argument, InputStream in) {
        if (argument.equals("-")) {
            return checked(readAll(in), "standard input");
        }
        if (argument.startsWith("@@")) {
            return checked(argument.substring(1), "the argument");
        }
        if (argument.startsWith("@")) {
            return checked(readFile(argument.substring(1)), argument.substring(1));
        }
        return checked(argument, "the argument");
    }

    /** The refusal of a command line without one. */
    static RequestException missing() {
        return new RequestException("prompt: expected text, found no argument"
                + " (zoetrope render \"a red ball bounces over the sea\" -o ball.mp4; --help lists the options)");
    }

    /** Refuses a prompt without text, and one that was broken on its way here. */
    static String checked(String text, String where) {
        String prompt = text.strip();
        if (prompt.isEmpty()) {
            throw new RequestException(
                    "prompt: expected text, found nothing in " + where
                            + " (say what the clip shows: \"a red ball bounces over the sea\"; @FILE reads a file, - standard input)");
        }
        if (prompt.indexOf('\uFFFD') >= 0) {
            throw new RequestException("prompt: expected UTF-8, found characters that were lost in " + where
                    + " (set LC_ALL=C.UTF-8, or put the prompt in a UTF-8 file and pass @FILE)");
        }
        return prompt;
    }

    private static String readFile(String name) {
        try (InputStream file = Files.newInputStream(Path.of(name))) {
            return decode(file, name);
        } catch (NoSuchFileException e) {
            throw new RequestException(
                    "prompt: expected a file, found none named " + name
                            + " (a prompt that begins with @ is written @@)",
                    e);
        } catch (IOException | InvalidPathException e) {
            throw new RequestException(
                    "prompt: expected a file that can be read, found " + name + " (" + e.getMessage() + ")", e);
        }
    }

    private static String readAll(InputStream in) {
        try {
            return decode(in, "standard input");
        } catch (IOException e) {
            throw new RequestException("prompt: expected text on standard input, found " + e.getMessage(), e);
        }
    }

    private static String decode(InputStream in, String where) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new RequestException("prompt: expected at most " + MAX_BYTES + " bytes, found more in " + where);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RequestException("prompt: expected UTF-8 text, found other bytes in " + where, e);
        }
    }
}
