package dev.zoetrope.cli;

import dev.zoetrope.runtime.text.UnknownWord;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What the commands say of words that the model does not know: a line a word, and one line for all beyond the first few. */
final class UnknownWordNotes {
    private static final int MOST_LINES = 5;

    private UnknownWordNotes() {}

    static List<String> of(List<UnknownWord> words) {
        // A line that says "1 more" is no shorter than that word's own.
        int alone = words.size() <= MOST_LINES ? words.size() : MOST_LINES - 1;
        List<String> lines = new ArrayList<>();
        words.subList(0, alone).forEach(word -> lines.add("note: " + word.note()));
        if (alone < words.size()) {
            lines.add("note: the model does not know " + (words.size() - alone) + " more words: "
                    + words.subList(alone, words.size()).stream()
                            .map(word -> '"' + word.word() + '"')
                            .collect(Collectors.joining(", ")));
        }
        return lines;
    }
}
