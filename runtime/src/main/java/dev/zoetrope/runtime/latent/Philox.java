package dev.zoetrope.runtime.latent;

/**
 * The counter-based generator Philox4x32-10: four random words from a 128-bit counter and a 64-bit key, no state.
 *
 * <p>J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, §3.3.
 * Checked against the known answers published with the authors' Random123 library.
 */
final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long WORD = 0xFFFFFFFFL;

    private Philox() {}

    /** Replaces the four words of a counter by the four random words of its block. */
    static void block(int[] words, int key0, int key1) {
        int word0 = words[0];
        int word1 = words[1];
        int word2 = words[2];
        int word3 = words[3];
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (word0 & WORD);
            long product1 = MULTIPLIER_1 * (word2 & WORD);
            word0 = (int) (product1 >>> 32) ^ word1 ^ (key0 + round * WEYL_0);
            word1 = (int) product1;
            word2 = (int) (product0 >>> 32) ^ word3 ^ (key1 + round * WEYL_1);
            word3 = (int) product0;
        }
        words[0] = word0;
        words[1] = word1;
        words[2] = word2;
        words[3] = word3;
    }
}
