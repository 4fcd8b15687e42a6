package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Locale;

/** Compares two runs of numbers and says how they differ. */
final class Difference {
    private Difference() {}

    static void assertNear(String what, float[] expected, float[] found, float tolerance) {
        assertEquals(expected.length, found.length, what + ": number of values");
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(expected[i] - found[i]) <= tolerance)) {
                fail(describe(what, expected, found, i) + ", allowed " + tolerance);
            }
        }
    }

    static void assertSameBits(String what, float[] expected, float[] found) {
        assertEquals(expected.length, found.length, what + ": number of values");
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToRawIntBits(expected[i]) != Float.floatToRawIntBits(found[i])) {
                fail(describe(what, expected, found, i) + ", allowed none");
            }
        }
    }

    /** The largest difference. */
    static float largest(float[] expected, float[] found) {
        float largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - found[i]));
        }
        return largest;
    }

    /** Root mean square of the differences over that of the expected numbers. */
    static double relative(float[] expected, float[] found) {
        assertEquals(expected.length, found.length, "number of values");
        double differences = 0;
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            differences += Math.pow((double) expected[i] - found[i], 2);
            squares += Math.pow(expected[i], 2);
        }
        return Math.sqrt(differences / squares);
    }

    private static String describe(String what, float[] expected, float[] found, int firstBad) {
        double sum = 0;
        double product = 0;
        double expectedSquare = 0;
        double foundSquare = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs(expected[i] - found[i]);
            product += (double) expected[i] * found[i];
            expectedSquare += (double) expected[i] * expected[i];
            foundSquare += (double) found[i] * found[i];
        }
        return String.format(
                Locale.ROOT,
                "%s: difference at most %.3g, mean %.3g, cosine %.9f, first at %d of %d: expected %.9g, found %.9g",
                what,
                largest(expected, found),
                sum / expected.length,
                product / Math.sqrt(expectedSquare * foundSquare),
                firstBad,
                expected.length,
                expected[firstBad],
                found[firstBad]);
    }
}
