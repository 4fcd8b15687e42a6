package dev.zoetrope.runtime.text;

import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Cuts a text into words, as the training side cuts its captions to list the words it uses ({@code split_words} in
 * {@code onnx-graphs/training/flipbook/export.py}): lower case, letters and digits; a hyphen parts words, an apostrophe
 * inside a word does not, and a final {@code 's} is dropped. A text encoder has a tokenizer of its own; this is for what
 * people call words.
 */
final class PromptWords {
    private static final Pattern WORD =
            Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*(?:'[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*)*");

    private PromptWords() {}

    /** The words of a text in their order, each once, of the first {@code maxWords} that stand there. */
    static List<String> of(String text, int maxWords) {
        return WORD.matcher(text.toLowerCase(Locale.ROOT).replace('’', '\''))
                .results()
                .limit(maxWords)
                .map(MatchResult::group)
                .map(word -> word.endsWith("'s") ? word.substring(0, word.length() - 2) : word)
                .distinct()
                .toList();
    }
}
