package dev.zoetrope.runtime.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

/** Known answers for philox4x32, 10 rounds, from the kat_vectors file of the Random123 library. */
class PhiloxTest {
    @Test
    void zeroCounterAndKey() {
        int[] words = new int[4];
        Philox.block(words, 0, 0);
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, words);
    }

    @Test
    void onesInCounterAndKey() {
        int[] words = {-1, -1, -1, -1};
        Philox.block(words, -1, -1);
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, words);
    }

    @Test
    void digitsOfPi() {
        int[] words = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
        Philox.block(words, 0xa4093822, 0x299f31d0);
        assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}, words);
    }
}
