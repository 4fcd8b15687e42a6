package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.FrameCollector;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPreview;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Previews of the shipped model: cheap pictures of latents, held against what the decoder makes of them. */
class PreviewTest {
    private static final String PROMPT = "a red ball bounces over the sea";

    /** Of a clip of 16 frames, five latents: the third of them ends with this one. */
    private static final int PREVIEWED_FRAME = 8;

    /** Keeps every preview. */
    private static final class Watch implements RenderListener {
        private final List<RenderPreview> previews = new ArrayList<>();

        @Override
        public boolean wantsPreview() {
            return true;
        }

        @Override
        public void preview(RenderPreview preview) {
            previews.add(preview);
        }
    }

    /* The linear part of the decoder has 48 numbers for the 768 of a cell, which is why its edges are soft. The last preview
     * is of the very latents that are decoded: 0.998 to 0.999 measured (tests/benchmark/preview.sh), less by
     * the softness of the smallest things; the first preview, of the same clip all the same, has 0.59 to 0.78. */
    @ParameterizedTest
    @CsvSource({"64, 64", "60, 44"})
    void theLastPreviewIsLikeTheDecodedFrame(int widthPx, int heightPx) {
        Watch watch = new Watch();
        RenderRequest request =
                RenderRequest.of(PROMPT).withSize(widthPx, heightPx).withFrames(16);
        List<byte[]> frames = frames(request, watch);
        RenderPreview last = watch.previews.getLast();
        assertEquals(last.steps(), last.step());
        assertEquals(last.steps(), watch.previews.size(), "one for each step, when each is wanted");
        assertEquals(widthPx, last.widthPx());
        assertEquals(heightPx, last.heightPx());
        double like = correlation(last.rgb(), frames.get(PREVIEWED_FRAME));
        assertTrue(like > 0.97, "correlation with the decoded frame: " + like);
        double first = correlation(watch.previews.getFirst().rgb(), frames.get(PREVIEWED_FRAME));
        assertTrue(first < like, "the first is further from it: " + first);
    }

    @Test
    void aLargeClipHasASmallPreview() {
        Watch watch = new Watch();
        frames(RenderRequest.of(PROMPT).withSize(520, 264).withFrames(1).withSteps(1), watch);
        RenderPreview preview = watch.previews.getLast();
        assertEquals(130, preview.widthPx());
        assertEquals(66, preview.heightPx());
        assertEquals(130 * 66 * 3, preview.rgb().length);
    }

    @Test
    void pixelsAreTheSameWhetherSomebodyWatchesOrNot() {
        RenderRequest request =
                RenderRequest.of(PROMPT).withFrames(9).withSteps(4).withSeed(3);
        List<byte[]> unwatched = frames(request, RenderListener.NONE);
        List<byte[]> watched = frames(request, new Watch());
        assertEquals(9, unwatched.size());
        for (int i = 0; i < unwatched.size(); i++) {
            assertArrayEquals(unwatched.get(i), watched.get(i), "frame " + i);
        }
    }

    private static List<byte[]> frames(RenderRequest request, RenderListener listener) {
        FrameCollector collector = new FrameCollector();
        try (Zoetrope engine = Zoetrope.open();
                Clip clip = engine.render(request, RenderOptions.defaults().withListener(listener))) {
            clip.decodeTo(collector);
        }
        return collector.frames();
    }

    /** Pearson's, over all numbers of two pictures of one size. */
    private static double correlation(byte[] first, byte[] second) {
        assertEquals(first.length, second.length);
        double sumA = 0;
        double sumB = 0;
        double sumAa = 0;
        double sumBb = 0;
        double sumAb = 0;
        for (int i = 0; i < first.length; i++) {
            double a = first[i] & 0xFF;
            double b = second[i] & 0xFF;
            sumA += a;
            sumB += b;
            sumAa += a * a;
            sumBb += b * b;
            sumAb += a * b;
        }
        int n = first.length;
        return (n * sumAb - sumA * sumB) / Math.sqrt((n * sumAa - sumA * sumA) * (n * sumBb - sumB * sumB));
    }
}
