package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.timeline.LatentGrid;

/**
 * A request with nothing left open: what the stages are given.
 *
 * @param prompt what the clip shows
 * @param negativePrompt empty = the dropped prompt
 * @param grid size and length, in pixels and in latents
 * @param fps frames per second
 * @param sampler the sampler
 * @param sigmas its noise levels
 * @param guidance classifier-free guidance scale; 1 = off
 * @param seed of the noise
 * @param noise which generator
 */
public record RenderPlan(
        String prompt,
        String negativePrompt,
        LatentGrid grid,
        double fps,
        SamplerKind sampler,
        SigmaSchedule sigmas,
        double guidance,
        long seed,
        NoiseKind noise) {}
