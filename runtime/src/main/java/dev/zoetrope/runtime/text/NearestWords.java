package dev.zoetrope.runtime.text;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds the words of a prompt that a model does not know, and for each the nearest that it does: by the cosine of vectors
 * that the model's own text encoder gives to single words. The known words' vectors are computed with the first unknown word
 * and kept; a prompt of known words costs nothing. Thread-safe.
 */
public final class NearestWords {
    private final Vocabulary vocabulary;
    private final Function<String, float[]> encoder;
    private Map<String, float[]> known = Map.of();

    /**
     * @param vocabulary what the model knows
     * @param encoder a word's vector; of any length, but always the same
     */
    public NearestWords(Vocabulary vocabulary, Function<String, float[]> encoder) {
        this.vocabulary = vocabulary;
        this.encoder = encoder;
    }

    /**
     * The unknown words of a prompt in their order, each once.
     *
     * @param maxWords words looked at, counted from the start
     */
    public synchronized List<UnknownWord> unknownIn(String prompt, int maxWords) {
        return vocabulary.unknownIn(prompt, maxWords).stream()
                .map(this::nearestTo)
                .toList();
    }

    private UnknownWord nearestTo(String word) {
        if (known.isEmpty()) {
            Map<String, float[]> vectors = new LinkedHashMap<>();
            vocabulary.words().forEach(each -> vectors.put(each, encoder.apply(each)));
            known = vectors;
        }
        float[] vector = encoder.apply(word);
        String nearest = vocabulary.words().first();
        double best = -1;
        for (Map.Entry<String, float[]> candidate : known.entrySet()) {
            double similarity = cosine(vector, candidate.getValue());
            if (similarity > best) {
                best = similarity;
                nearest = candidate.getKey();
            }
        }
        return new UnknownWord(word, nearest, best);
    }

    /** 0 when one of them is all zeros. */
    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresOfA += (double) a[i] * a[i];
            squaresOfB += (double) b[i] * b[i];
        }
        return squaresOfA == 0 || squaresOfB == 0 ? 0 : product / Math.sqrt(squaresOfA * squaresOfB);
    }
}
