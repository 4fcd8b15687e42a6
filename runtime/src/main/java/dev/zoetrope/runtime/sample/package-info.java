/**
 * From noise to latents: samplers, guidance and the loop that runs the transformer step by step.
 * {@link dev.zoetrope.runtime.sample.DenoiseLoop} is the central type: open it on a
 * {@link dev.zoetrope.runtime.sample.Denoiser} and one {@link dev.zoetrope.runtime.sample.ClipPlan} for each clip,
 * run it, and the plans' latents are clean; {@link dev.zoetrope.runtime.sample.StepScheduler} runs those of many callers
 * together. Must not know sessions or graphs.
 */
@NullMarked
package dev.zoetrope.runtime.sample;

import org.jspecify.annotations.NullMarked;
