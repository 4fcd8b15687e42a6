package dev.zoetrope.runtime.text;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The words a model was trained on. A word counts as known when it, or another regular form of it, is among them: balls
 * and bouncing are known to a model that was taught ball and bounces. Immutable.
 */
public final class Vocabulary {
    private final SortedSet<String> words;
    private final Set<String> ignored;
    private final Set<String> knownStems;

    /**
     * @param words content words of the training captions, lower case; at least one
     * @param ignored words that say nothing about a picture, such as articles
     */
    public Vocabulary(Collection<String> words, Collection<String> ignored) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("vocabulary: expected at least one word, found none");
        }
        this.words = new TreeSet<>(words);
        this.ignored = Set.copyOf(new HashSet<>(ignored));
        this.knownStems = new HashSet<>();
        words.forEach(word -> knownStems.addAll(Inflection.stems(word)));
    }

    /** The words themselves, without other forms. */
    SortedSet<String> words() {
        return words;
    }

    /** Whether a lower-case word needs no notice: known, ignored, a number, or a letter alone. */
    boolean knows(String word) {
        return word.codePointCount(0, word.length()) == 1
                || word.codePoints().allMatch(Character::isDigit)
                || ignored.contains(word)
                || Inflection.stems(word).stream().anyMatch(knownStems::contains);
    }

    /**
     * The unknown words of a text in their order, each once.
     *
     * @param maxWords words looked at, counted from the start: a model does not read further than its text tokens
     */
    public List<String> unknownIn(String text, int maxWords) {
        return PromptWords.of(text, maxWords).stream()
                .filter(word -> !knows(word))
                .toList();
    }
}
