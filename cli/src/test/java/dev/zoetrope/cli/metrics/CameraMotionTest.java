package dev.zoetrope.cli.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CameraMotionTest {
    private static final int WIDTH = 96;
    private static final int HEIGHT = 64;
    private static final int FPS = 8;

    /** A tenth of a pixel a frame: what Lucas-Kanade reaches on 8-bit pictures of this size. */
    private static final double TRACKING_PX_PER_SECOND = 0.1 * FPS;

    private final DrawnClip.World world = new DrawnClip.World(3);

    @Test
    void aPanIsMeasuredInPixelsPerSecond() {
        CameraReport report = motion(17, (frame, x, y) -> world.at(x + 2 * frame, y));

        assertEquals(16, report.panPxPerSecond(), TRACKING_PX_PER_SECOND);
        assertEquals(0, report.tiltPxPerSecond(), TRACKING_PX_PER_SECOND);
        assertEquals(1, report.zoomPerSecond(), 0.02);
        assertEquals(1, report.measuredShare());
        assertEquals(List.of(CameraReport.Word.PAN_RIGHT), report.words());
    }

    @Test
    void directionsAreTheCamerasOwn() {
        assertEquals(
                List.of(CameraReport.Word.PAN_LEFT),
                motion(9, (frame, x, y) -> world.at(x - 2 * frame, y)).words());
        assertEquals(
                List.of(CameraReport.Word.TILT_UP),
                motion(9, (frame, x, y) -> world.at(x, y - 2 * frame)).words());
        assertEquals(
                List.of(CameraReport.Word.TILT_DOWN),
                motion(9, (frame, x, y) -> world.at(x, y + 2 * frame)).words());
        assertEquals(
                List.of(CameraReport.Word.PAN_RIGHT, CameraReport.Word.TILT_DOWN),
                motion(9, (frame, x, y) -> world.at(x + frame, y + frame)).words());
    }

    @Test
    void aSlowPanDrawnInWholePixelsIsNotRoundedAway() {
        CameraReport report = motion(33, (frame, x, y) -> world.at(x + frame / 2, y));

        assertEquals(4, report.panPxPerSecond(), TRACKING_PX_PER_SECOND);
    }

    @Test
    void aZoomIsTheGrowthOfOneSecond() {
        CameraReport in = motion(17, (frame, x, y) -> zoomed(x, y, Math.pow(1.4, (double) frame / FPS)));
        CameraReport out = motion(17, (frame, x, y) -> zoomed(x, y, Math.pow(1.4, (double) -frame / FPS)));

        // 0.25 % a frame, eight frames.
        assertEquals(1.4, in.zoomPerSecond(), 0.03);
        assertEquals(1 / 1.4, out.zoomPerSecond(), 0.03);
        assertEquals(List.of(CameraReport.Word.ZOOM_IN), in.words());
        assertEquals(List.of(CameraReport.Word.ZOOM_OUT), out.words());
    }

    @Test
    void aThingThatMovesDoesNotMoveTheCamera() {
        CameraReport report = motion(17, (frame, x, y) -> {
            int left = 60 - 3 * frame;
            boolean inside = x >= left && x < left + 24 && y >= 20 && y < 44;
            return inside ? new DrawnClip.World(9).at(2 * (x - left), 2 * y) : world.at(x, y);
        });

        assertEquals(List.of(CameraReport.Word.STATIC), report.words());
        assertEquals(0, report.panPxPerSecond(), TRACKING_PX_PER_SECOND);
    }

    @Test
    void beforeAPlainBackgroundNothingCanBeSaid() {
        CameraReport report = motion(17, (frame, x, y) -> {
            int left = 60 - 3 * frame;
            boolean inside = x >= left && x < left + 24 && y >= 20 && y < 44;
            return inside ? world.at(x - left, y) : DrawnClip.grey(100);
        });

        assertEquals(List.of(CameraReport.Word.UNKNOWN), report.words());
        assertTrue(report.measuredShare() < 0.5);
    }

    @Test
    void whatNeverChangesIsStaticWhateverItShows() {
        assertEquals(
                List.of(CameraReport.Word.STATIC),
                motion(9, (_, _, _) -> DrawnClip.grey(100)).words());
    }

    @Test
    void aCutIsLeftOut() {
        DrawnClip.World other = new DrawnClip.World(77);
        CameraReport report =
                motion(24, (frame, x, y) -> frame < 12 ? world.at(x + 2 * frame, y) : other.at(x + 2 * frame, y));

        assertEquals(16, report.panPxPerSecond(), TRACKING_PX_PER_SECOND);
    }

    @Test
    void tinyFramesAreNotMeasured() {
        try (CameraMotion camera = new CameraMotion(FPS)) {
            DrawnClip.draw(camera, 16, 16, 9, (frame, x, y) -> world.at(x + 2 * frame, y));
            assertEquals(List.of(CameraReport.Word.UNKNOWN), camera.report().words());
        }
    }

    private int zoomed(int x, int y, double scale) {
        double centreX = (WIDTH - 1) / 2.0;
        double centreY = (HEIGHT - 1) / 2.0;
        return world.at(300 + (x - centreX) / scale, 300 + (y - centreY) / scale);
    }

    private static CameraReport motion(int frames, DrawnClip.Pixels pixels) {
        try (CameraMotion camera = new CameraMotion(FPS)) {
            DrawnClip.draw(camera, WIDTH, HEIGHT, frames, pixels);
            return camera.report();
        }
    }
}
