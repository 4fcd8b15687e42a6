package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.text.UnknownWord;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnknownWordNotesTest {
    @Test
    void fiveWordsTakeALineEachAndMoreShareTheLast() {
        assertEquals(List.of(), UnknownWordNotes.of(List.of()));
        assertEquals(5, UnknownWordNotes.of(words(5)).size());
        List<String> six = UnknownWordNotes.of(words(6));
        assertEquals(5, six.size());
        assertEquals("note: the model does not know \"word0\"; the nearest word it knows is \"ball\"", six.getFirst());
        assertEquals("note: the model does not know 2 more words: \"word4\", \"word5\"", six.getLast());
    }

    private static List<UnknownWord> words(int count) {
        return IntStream.range(0, count)
                .mapToObj(index -> new UnknownWord("word" + index, "ball", 0.5))
                .toList();
    }
}
