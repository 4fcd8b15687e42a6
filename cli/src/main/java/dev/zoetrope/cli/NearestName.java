package dev.zoetrope.cli;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the name a person probably meant. */
final class NearestName {
    private NearestName() {}

    /** The closest of {@code names}, if it is close enough to be what was meant. */
    static Optional<String> of(String written, Collection<String> names) {
        String wanted = written.toLowerCase(Locale.ROOT);
        return names.stream()
                .min(Comparator.<String>comparingInt(name -> distanceToAny(wanted, name))
                        // stepz is steps, and not the second word of context-steps
                        .thenComparingInt(name -> distance(wanted, name.toLowerCase(Locale.ROOT))))
                .filter(name -> distanceToAny(wanted, name) <= Math.max(1, wanted.length() * 2 / 5));
    }

    /** To the name or to one of its words: {@code eular} means {@code flow-euler}. */
    private static int distanceToAny(String wanted, String name) {
        String plain = name.toLowerCase(Locale.ROOT);
        return Stream.concat(Stream.of(plain), Arrays.stream(plain.split("-")))
                .mapToInt(word -> distance(wanted, word))
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /** The Levenshtein distance: how many letters must be put in, taken out or exchanged. */
    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            row[column] = column;
        }
        for (int line = 1; line <= left.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column <= right.length(); column++) {
                int exchanged = diagonal + (left.charAt(line - 1) == right.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(exchanged, 1 + Math.min(row[column], row[column - 1]));
            }
        }
        return row[right.length()];
    }
}
