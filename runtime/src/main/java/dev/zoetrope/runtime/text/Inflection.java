package dev.zoetrope.runtime.text;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * English plurals and verb forms: what a word may be a form of. Regular endings only ({@code -s}, {@code -es}, {@code
 * -ies}, {@code -ing}, {@code -ed}); {@code fell} is left to the text encoder, which knows that it is near {@code falls}.
 */
final class Inflection {
    /** After these a plural or a third person takes {@code -es}. */
    private static final Pattern TAKES_ES = Pattern.compile(".*(s|x|z|ch|sh|o)");

    private static final Pattern DOUBLED = Pattern.compile(".*([b-df-hj-np-tv-z])\\1");

    /** One syllable, one vowel, one consonant: such a verb doubles its end (hop, hopping), so {@code hoping} is no hop. */
    private static final Pattern SHORT = Pattern.compile("[^aeiou]*[aeiou][^aeiouwxy]");

    private static final int SHORTEST_STEM = 2;

    private Inflection() {}

    /** The word itself and every word that it may be a form of: {@code flies} gives fly, flie and flies. */
    static Set<String> stems(String word) {
        Set<String> stems = new TreeSet<>();
        stems.add(word);
        if (word.endsWith("s") && !word.endsWith("ss") && !word.endsWith("us") && !word.endsWith("is")) {
            add(stems, without(word, 1));
        }
        if (word.endsWith("es") && TAKES_ES.matcher(without(word, 2)).matches()) {
            add(stems, without(word, 2));
        }
        if (word.endsWith("ies") || word.endsWith("ied")) {
            add(stems, without(word, 3) + "y");
        }
        if (word.endsWith("ing")) {
            addVerbs(stems, without(word, 3));
        } else if (word.endsWith("ed")) {
            addVerbs(stems, without(word, 2));
        }
        return stems;
    }

    private static void addVerbs(Set<String> stems, String stem) {
        if (stem.length() <= SHORTEST_STEM && !stem.equals("go")) {
            return; // ring, king, red and bed are no forms
        }
        add(stems, stem + "e");
        if (!SHORT.matcher(stem).matches()) {
            add(stems, stem);
        }
        if (DOUBLED.matcher(stem).matches()) {
            add(stems, without(stem, 1));
        }
    }

    private static void add(Set<String> stems, String stem) {
        if (stem.length() >= SHORTEST_STEM) {
            stems.add(stem);
        }
    }

    private static String without(String word, int letters) {
        return word.substring(0, Math.max(0, word.length() - letters));
    }
}
