package dev.zoetrope.runtime.model;

import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import java.util.List;

/**
 * Flipbook's: evenly spaced levels, shifted once, for every sampler.
 *
 * @param shift towards noise (SD3, arXiv:2403.03206 §5.3.2)
 */
record FlipbookSchedule(double shift) implements ModelSchedule {
    static FlipbookSchedule read(ModelFolder folder) {
        return new FlipbookSchedule(folder.readConfig("scheduler/scheduler_config.json")
                .path("shift")
                .asDouble(1));
    }

    @Override
    public SamplerKind sampler() {
        return SamplerKind.FLOW_EULER;
    }

    @Override
    public SigmaSchedule sigmas(SamplerKind sampler, int steps) {
        return SigmaSchedule.linear(steps).shifted(shift);
    }

    @Override
    public SigmaSchedule sigmas(SamplerKind sampler, List<Double> own) {
        return SigmaSchedule.of(own);
    }
}
