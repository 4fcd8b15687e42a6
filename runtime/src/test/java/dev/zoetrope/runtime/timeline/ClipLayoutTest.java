package dev.zoetrope.runtime.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClipLayoutTest {
    @Test
    void aRunIsOneFrameThenGroupsOfFrames() {
        ClipLayout layout = ClipLayout.ofRun(2, 3, 3, 8, 4);
        // Frame i is shown from i/8 to (i + 1)/8: frame 0, frames 1 to 4, frames 5 to 8.
        assertEquals(
                List.of(
                        new LatentGroup(TokenRole.NOISY, 1 / 16.0, 1 / 8.0),
                        new LatentGroup(TokenRole.NOISY, 3 / 8.0, 1 / 2.0),
                        new LatentGroup(TokenRole.NOISY, 7 / 8.0, 1 / 2.0)),
                layout.groups());
        assertEquals(18, layout.tokens());
    }

    @Test
    void groupsOfARunAdjoin() {
        ClipLayout layout = ClipLayout.ofRun(1, 1, 9, 23.976, 4);
        double end = 0;
        for (LatentGroup group : layout.groups()) {
            assertEquals(
                    end, group.centreSeconds() - group.spanSeconds() / 2, 1e-12); // some roundings of numbers near 1
            end = group.centreSeconds() + group.spanSeconds() / 2;
        }
        assertEquals(33 / 23.976, end, 1e-12);
    }

    @Test
    void samplersChangeNoisyTokensOnly() {
        ClipLayout layout =
                ClipLayout.ofRun(2, 3, 5, 8, 4).withRole(0, TokenRole.REFERENCE).withRole(3, TokenRole.REFERENCE);
        assertEquals(List.of(new TokenRange(6, 12), new TokenRange(24, 6)), layout.noisyRanges());
        assertEquals(
                List.of(new TokenRange(0, 30)), ClipLayout.ofRun(2, 3, 5, 8, 4).noisyRanges());
        assertEquals(
                List.of(),
                ClipLayout.ofRun(2, 3, 1, 8, 4).withRole(0, TokenRole.REFERENCE).noisyRanges());
    }

    @Test
    void badLayoutsAreNamed() {
        assertEquals(
                "clip layout: expected at least 1 row, 1 column and 1 latent, found 0 rows, 3 columns, 1 latents",
                assertThrows(IllegalArgumentException.class, () -> ClipLayout.ofRun(0, 3, 1, 8, 4))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> ClipLayout.ofRun(1, 1, 1, 0, 4));
        assertThrows(IllegalArgumentException.class, () -> ClipLayout.ofRun(1, 1, 1, Double.NaN, 4));
        assertThrows(IllegalArgumentException.class, () -> new LatentGroup(TokenRole.TEXT, 0, 0));
    }
}
