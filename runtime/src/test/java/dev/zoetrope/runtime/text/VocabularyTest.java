package dev.zoetrope.runtime.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class VocabularyTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final Vocabulary WORDS = new Vocabulary(
            List.of(
                    "ball", "box", "star", "ring", "bounces", "falls", "flies", "moves", "hops", "sky", "grass",
                    "plus"),
            List.of("a", "the", "over", "doesn't"));

    @Test
    void wordsAreCutAsTheCaptionsOfTheTrainingSideAre() {
        assertEquals(
                List.of("the", "dragon", "star", "shaped", "ball", "doesn't", "rock'n'roll", "3x", "y"),
                PromptWords.of("The dragon’s star-shaped BALL, doesn't rock'n'roll (3x_y)", ALL));
        assertEquals(
                List.of("großer", "бал", "e\u0301t\u00e9"), PromptWords.of("Großer БАЛ; E\u0301t\u00e9 🐙 …", ALL));
        assertEquals(List.of("red", "ball"), PromptWords.of("red ball red ball", ALL), "each once");
        assertEquals(List.of("red", "ball"), PromptWords.of("red ball blue box", 2));
        assertEquals(List.of(), PromptWords.of("?! 🐙", ALL));
    }

    @Test
    void unknownWordsComeInTheirOrderEachOnce() {
        assertEquals(
                List.of("dragon", "sings"),
                WORDS.unknownIn("A dragon and a Dragon's ball: the dragon sings", ALL).stream()
                        .filter(word -> !word.equals("and"))
                        .toList());
        assertEquals(List.of(), WORDS.unknownIn("the ball doesn't bounce over a star", ALL));
        assertEquals(List.of(), WORDS.unknownIn("2 balls, 10 stars: x", ALL), "numbers and letters are no words");
    }

    @TestFactory
    Stream<DynamicTest> otherFormsOfAWordAreKnown() {
        return Stream.of(
                        "balls",
                        "boxes",
                        "bounce",
                        "bouncing",
                        "bounced",
                        "fall",
                        "falling",
                        "fly",
                        "flying",
                        "move",
                        "moving",
                        "moved",
                        "hop",
                        "hopping",
                        "hopped",
                        "skies",
                        "rings",
                        "stars")
                .map(word -> DynamicTest.dynamicTest(word, () -> assertTrue(WORDS.knows(word))));
    }

    @TestFactory
    Stream<DynamicTest> wordsThatOnlyLookLikeFormsAreNot() {
        return Stream.of("hoping", "staring", "king", "fallow", "boxer", "starry", "wing", "grasses'", "plu", "bal")
                .map(word -> DynamicTest.dynamicTest(word, () -> assertFalse(WORDS.knows(word))));
    }

    @Test
    void aVocabularyWithoutWordsIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Vocabulary(List.of(), List.of("a")));
    }

    @Test
    void theNoteSaysHowNearTheNearestWordIs() {
        assertEquals(
                "the model does not know \"lawn\"; it is read as \"grass\"",
                new UnknownWord("lawn", "grass", 0.79).note());
        assertEquals(
                "the model does not know \"boat\"; the nearest word it knows is \"sea\"",
                new UnknownWord("boat", "sea", 0.53).note());
        assertEquals(
                "the model does not know \"tax\"; the nearest word it knows is \"moon\", which is far from it",
                new UnknownWord("tax", "moon", 0.18).note());
        String note = new UnknownWord("𝒶".repeat(5000), "moon", 0.5).note();
        assertTrue(note.contains("𝒶".repeat(39) + "…\"") && note.length() < 200, note);
    }

    /** The known words' vectors are computed with the first unknown word; a prompt of known words costs nothing. */
    @Test
    void theNearestWordHasTheSmallestAngleAndKnownWordsAreEncodedOnce() {
        List<String> encoded = new ArrayList<>();
        NearestWords nearest = new NearestWords(new Vocabulary(List.of("east", "north"), List.of()), word -> {
            encoded.add(word);
            return switch (word) {
                case "east" -> new float[] {2, 0};
                case "north" -> new float[] {0, 0.5f};
                case "nothing" -> new float[] {0, 0};
                default -> new float[] {3, 4};
            };
        });

        assertEquals(List.of(), nearest.unknownIn("north east", ALL));
        assertEquals(List.of(), encoded);
        assertEquals(List.of(new UnknownWord("somewhere", "north", 0.8)), nearest.unknownIn("somewhere", ALL));
        assertEquals(List.of(new UnknownWord("nothing", "east", 0)), nearest.unknownIn("north nothing", ALL));
        assertEquals(List.of("east", "north", "somewhere", "nothing"), encoded);
    }
}
