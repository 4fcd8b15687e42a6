package dev.zoetrope.runtime.text;

/**
 * A word of a prompt that the model was not trained on. It still has its effect: the text encoder, which learned from much
 * more text, puts it somewhere among the words that the model knows.
 *
 * @param word lower case
 * @param nearest the nearest word that the model knows
 * @param similarity how near: cosine of the two words' mean token states, 1 = the same
 */
public record UnknownWord(String word, String nearest, double similarity) {
    /*
     * Both limits were measured with all-MiniLM-L6-v2 in 8 bits. Pairs that may stand for each other reach 0.70 and more
     * (puppy/dog 0.71, beach/sand 0.71, lawn/grass 0.79, automobile/car 0.83); pairs that may not stay below (small/big
     * 0.68, pink/purple 0.62, cat/dog 0.53; upwards/downwards, 0.72, is the one found above), and so do many synonyms (midnight/night 0.64, sphere/ball 0.45), for which
     * "nearest" is said, not "read as". Of 30 words that have nothing to do with flipbook's (kubernetes, violin, tax, …)
     * 27 are at most 0.40 from the nearest of its words: below that, nearness is chance.
     */
    private static final double READ_AS = 0.70;
    private static final double NEAR = 0.40;

    /** Letters of a word in a note; longer ones are shortened. */
    private static final int MAX_LETTERS = 40;

    /** Whether the two words are so near that the model can be expected to draw the one for the other. */
    public boolean readAsNearest() {
        return similarity >= READ_AS;
    }

    /** Whether the nearest word is near at all; if not, what the word does to the clip is chance. */
    public boolean isNear() {
        return similarity >= NEAR;
    }

    /** What a user should be told, in one line. */
    public String note() {
        String unknown = "the model does not know \"" + shortened() + "\"; ";
        if (readAsNearest()) {
            return unknown + "it is read as \"" + nearest + "\"";
        }
        return unknown + "the nearest word it knows is \"" + nearest + "\""
                + (isNear() ? "" : ", which is far from it");
    }

    private String shortened() {
        return word.codePointCount(0, word.length()) <= MAX_LETTERS
                ? word
                : word.substring(0, word.offsetByCodePoints(0, MAX_LETTERS - 1)) + "…";
    }
}
