package dev.zoetrope.runtime.model;

import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import java.util.List;

/** The noise levels that each sampler visits with a model, and the sampler that is taken where a request names none. */
public interface ModelSchedule {
    /** The model's own sampler. */
    SamplerKind sampler();

    /**
     * The levels of so many steps.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when there is no such schedule
     */
    SigmaSchedule sigmas(SamplerKind sampler, int steps);

    /**
     * Levels of one's own, taken as they are: strictly falling, from at most 1 to 0.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when they are not
     */
    SigmaSchedule sigmas(SamplerKind sampler, List<Double> own);
}
