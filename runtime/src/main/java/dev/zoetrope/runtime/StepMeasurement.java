package dev.zoetrope.runtime;

import java.util.List;

/**
 * Denoising steps that were timed, one clip or several packed. Times are nanoseconds, of each step in turn.
 *
 * @param clips what was packed
 * @param latentTokens of all clips
 * @param textTokens of all clips
 * @param operations floating-point operations of a step, see {@link dev.zoetrope.runtime.sample.Denoiser#operations}
 * @param stepNanos whole steps: noise levels, network, sampler
 * @param loopNanos what of them the loop took around the network: noise levels, checks, the sampler's arithmetic
 * @param bindingNanos what of them the call of the network took outside the native library
 * @param packNanos packing and binding before the first step
 * @param bytesCopied latents that the loop moved while stepping, of all steps
 */
public record StepMeasurement(
        List<ClipShape> clips,
        long latentTokens,
        long textTokens,
        double operations,
        List<Long> stepNanos,
        List<Long> loopNanos,
        List<Long> bindingNanos,
        long packNanos,
        long bytesCopied) {
    public StepMeasurement {
        clips = List.copyOf(clips);
        stepNanos = List.copyOf(stepNanos);
        loopNanos = List.copyOf(loopNanos);
        bindingNanos = List.copyOf(bindingNanos);
    }

    public long medianStepNanos() {
        return median(stepNanos);
    }

    public long leastStepNanos() {
        return stepNanos.stream().mapToLong(Long::longValue).min().orElseThrow();
    }

    public long medianLoopNanos() {
        return median(loopNanos);
    }

    public long medianBindingNanos() {
        return median(bindingNanos);
    }

    /** Operations a second of the median step. */
    public double operationsPerSecond() {
        return operations / (medianStepNanos() / 1e9);
    }

    private static long median(List<Long> nanos) {
        List<Long> sorted = nanos.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
