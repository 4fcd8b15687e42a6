package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.RequestException;

/**
 * Scale of classifier-free guidance, which may change once on the way from noise to a clip.
 *
 * @param scale at timesteps of {@code boundary} and above; 1 = off
 * @param later below it
 * @param boundary in training levels, 0 to 1000; 0 = one scale for all
 */
public record GuidanceScale(double scale, double later, double boundary) {
    public GuidanceScale {
        if (!Double.isFinite(scale) || !Double.isFinite(later)) {
            throw new RequestException(
                    "guidance: expected a finite number, found " + (Double.isFinite(scale) ? later : scale));
        }
    }

    /** The same at every timestep. */
    public static GuidanceScale of(double scale) {
        return new GuidanceScale(scale, scale, 0);
    }

    /** The scale at a timestep. */
    public double at(float timestep) {
        return timestep >= boundary ? scale : later;
    }

    /** Whether it leads nowhere at any timestep. */
    public boolean isOff() {
        return scale == 1 && (boundary == 0 || later == 1);
    }
}
