package dev.zoetrope.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Locale;

/** Makes file names from prompts. */
final class OutputName {
    private static final int MAX_LETTERS = 40;

    private OutputName() {}

    /** Such as {@code a-red-ball-bounces-3141592653}. */
    static String stem(String prompt, long seed) {
        return slug(prompt) + "-" + seed;
    }

    /** A number behind the name if it is taken, so that a second render never replaces the first. */
    static Path free(Path name) {
        String text = name.toString();
        int dot = text.lastIndexOf('.');
        Path free = name;
        for (int number = 2; Files.exists(free); number++) {
            free = Path.of(text.substring(0, dot) + "-" + number + text.substring(dot));
        }
        return free;
    }

    /** The first words in plain letters; {@code clip} if there are none, as in a prompt of emoji. */
    static String slug(String prompt) {
        String plain = Normalizer.normalize(prompt, Normalizer.Form.NFD)
                .replaceAll("\\p{M}", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        if (plain.length() > MAX_LETTERS) {
            int end = plain.lastIndexOf('-', MAX_LETTERS);
            plain = plain.substring(0, end > 0 ? end : MAX_LETTERS);
        }
        return plain.isEmpty() ? "clip" : plain;
    }
}
