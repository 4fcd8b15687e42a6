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

    /** How many letters must be put in, taken out, exchanged, or exchanged with their neighbour (optimal string alignment). */
    private static int distance(String left, String right) {
        int[][] distances = new int[left.length() + 1][right.length() + 1];
        for (int line = 0; line <= left.length(); line++) {
            for (int column = 0; column <= right.length(); column++) {
                if (line == 0 || column == 0) {
                    distances[line][column] = line + column;
                    continue;
                }
                int changed = left.charAt(line - 1) == right.charAt(column - 1) ? 0 : 1;
                int least = Math.min(
                        distances[line - 1][column - 1] + changed,
                        1 + Math.min(distances[line - 1][column], distances[line][column - 1]));
                boolean neighbours = line > 1
                        && column > 1
                        && left.charAt(line - 1) == right.charAt(column - 2)
                        && left.charAt(line - 2) == right.charAt(column - 1);
                distances[line][column] = neighbours ? Math.min(least, 1 + distances[line - 2][column - 2]) : least;
            }
        }
        return distances[left.length()][right.length()];
    }
}
