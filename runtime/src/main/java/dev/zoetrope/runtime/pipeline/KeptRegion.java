package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.encode.FootageReader;
import dev.zoetrope.runtime.encode.MeasuredClip;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.KeepMask;
import java.util.Optional;

/**
 * A region of a clip that stays as it is, pixel for pixel.
 *
 * @param source the clip whose pixels stay
 * @param mask a picture, white where they do
 */
public record KeptRegion(MeasuredClip source, MeasuredClip mask) {
    /** Reads the mask in the size of the clip. */
    KeepMask readMask(RenderPlan plan) {
        try (FootageReader reader =
                FootageReader.open(mask, plan.grid().widthPx(), plan.grid().heightPx(), FrameRate.of(plan.fps()))) {
            return KeepMask.of(reader.next().orElseThrow());
        } catch (OutputException e) {
            throw RequestException.ofInput(e);
        }
    }

    /** Puts the clip's own pixels over frames that are made, in order. */
    static final class Overlay implements AutoCloseable {
        private final KeepMask mask;
        private final FootageReader reader;
        private Optional<Frame> last = Optional.empty();

        @SuppressWarnings("MustBeClosed") // close() closes the reader
        Overlay(KeptRegion region, RenderPlan plan) {
            mask = region.readMask(plan);
            try {
                reader = FootageReader.open(
                        region.source(), plan.grid().widthPx(), plan.grid().heightPx(), FrameRate.of(plan.fps()));
            } catch (OutputException e) {
                throw RequestException.ofInput(e);
            }
        }

        /** @throws RequestException when the clip is damaged here; where it comes with latents, nobody decoded it before */
        void apply(Frame made) {
            try {
                last = reader.next().or(() -> last);
            } catch (OutputException e) {
                throw RequestException.ofInput(e);
            }
            last.ifPresent(old -> mask.blend(old, made));
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
