package dev.zoetrope.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StrangersTest {
    /** Of a pixel counts the colour that differs most, of the picture the pixel in the middle. */
    @Test
    void theDifferenceIsThatOfHalfThePicture() {
        byte[] black = new byte[3 * 5];
        byte[] other = black.clone();
        assertEquals(0, Strangers.difference(black, other));
        other[0] = (byte) 250;
        other[4] = (byte) 200;
        assertEquals(0, Strangers.difference(black, other), "two pixels of five");
        other[8] = 30;
        other[7] = 20;
        assertEquals(30, Strangers.difference(black, other), "three pixels of five");
        assertEquals(30, Strangers.difference(other, black));
        assertEquals(255, Strangers.difference(new byte[] {0, 0, 0}, new byte[] {0, (byte) 255, 0}));
    }
}
