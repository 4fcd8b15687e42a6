package dev.zoetrope.cli.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ColourDriftTest {
    private static final int SIZE = 16;
    private static final int FPS = 4;

    /** Published values of sRGB colours in Lab have two decimals, and tables differ by two in the last of them. */
    private static final double TWO_DECIMALS = 0.02;

    @Test
    void redIsWhereTablesSayItIs() {
        ColourDrift.Second second = drift(4, (_, _, _) -> 0xFF0000).seconds().getFirst();

        assertEquals(53.24, second.mean().lightness(), TWO_DECIMALS);
        assertEquals(80.09, second.mean().greenRed(), TWO_DECIMALS);
        assertEquals(67.20, second.mean().blueYellow(), TWO_DECIMALS);
        // The root of a difference of squares near 7000: half of the digits of a double are left.
        assertEquals(0, second.deviation().greenRed(), 1e-4);
    }

    @Test
    void aRampOfGreysDriftsByItsLightness() {
        // 118 is (118 / 255 + 0.055) / 1.055 to the power 2.4 = 0.181164 of white, so L = 116 * cbrt(0.181164) - 16 =
        // 49.64;
        // 50 gives 0.031896 and 20.78; 84 is between them.
        int[] greys = {118, 84, 50};
        ColourDrift.Report report = drift(12, (frame, _, _) -> DrawnClip.grey(greys[frame / FPS]));

        assertEquals(3, report.seconds().size());
        assertEquals(0, report.seconds().getFirst().meanDistance());
        assertEquals(49.64, report.seconds().getFirst().mean().lightness(), TWO_DECIMALS);
        assertEquals(49.64 - 20.78, report.last(), 2 * TWO_DECIMALS);
        assertEquals(report.last(), report.largest());
    }

    @Test
    void theLargestDriftNeedNotBeTheLast() {
        int[] greys = {118, 50, 118};
        ColourDrift.Report report = drift(12, (frame, _, _) -> DrawnClip.grey(greys[frame / FPS]));

        assertEquals(0, report.last(), 1e-9);
        assertEquals(49.64 - 20.78, report.largest(), 2 * TWO_DECIMALS);
    }

    @Test
    void fadingContrastIsADriftOfTheDeviation() {
        // Black and white in halves, L 0 and 100, deviation 50; then one grey.
        ColourDrift.Report report =
                drift(8, (frame, x, _) -> frame < FPS ? x < SIZE / 2 ? 0 : 0xFFFFFF : DrawnClip.grey(118));

        // White's other two axes are 0.01 off zero, for the white point has rounded digits.
        assertEquals(50, report.lastDeviation(), TWO_DECIMALS);
        assertEquals(50 - 49.64, report.last(), 2 * TWO_DECIMALS);
    }

    @Test
    void aShortRestBelongsToTheSecondBefore() {
        assertEquals(2, drift(9, (_, _, _) -> 0).seconds().size());
        assertEquals(3, drift(10, (_, _, _) -> 0).seconds().size());
        assertEquals(1, drift(1, (_, _, _) -> 0).seconds().size());
    }

    @Test
    void aBrokenRateStillHasWholeSeconds() {
        try (ColourDrift drift = new ColourDrift(24000 / 1001.0)) {
            DrawnClip.draw(drift, 4, 4, 240, (_, _, _) -> 0);
            assertEquals(10, drift.report().seconds().size());
        }
    }

    private static ColourDrift.Report drift(int frames, DrawnClip.Pixels pixels) {
        try (ColourDrift drift = new ColourDrift(FPS)) {
            DrawnClip.draw(drift, SIZE, SIZE, frames, pixels);
            return drift.report();
        }
    }
}
