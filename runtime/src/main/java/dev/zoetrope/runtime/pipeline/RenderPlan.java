package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Window;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A request with nothing left open: what the stages are given.
 *
 * @param prompts what the clip shows; windows of the line name them by number
 * @param negativePrompt empty = the dropped prompt
 * @param grid size and length, in pixels and in latents
 * @param fps frames per second
 * @param line what its latents are and which windows make them
 * @param inputs what the line is given from outside, by number
 * @param shown pictures that the network is shown beside the latents
 * @param region what of the first input stays as it is, pixel for pixel
 * @param sampler the sampler
 * @param sampling of windows that make all they hold, or change what is there
 * @param inContext sampling of windows that are shown latents beside those they make: those settle much of the rest
 * @param seed of the noise
 * @param noise which generator
 */
public record RenderPlan(
        List<String> prompts,
        String negativePrompt,
        LatentGrid grid,
        double fps,
        LinePlan line,
        List<Footage> inputs,
        List<ShownPicture> shown,
        Optional<KeptRegion> region,
        SamplerKind sampler,
        Sampling sampling,
        Sampling inContext,
        long seed,
        NoiseKind noise) {
    public RenderPlan {
        prompts = List.copyOf(prompts);
        inputs = List.copyOf(inputs);
        shown = List.copyOf(shown);
    }

    /** What the user should know about what it is made from, one line each. */
    List<String> warnings() {
        return Stream.concat(inputs.stream(), shown.stream().map(ShownPicture::picture))
                .flatMap(footage -> footage.warning().stream())
                .distinct()
                .toList();
    }

    /** How a window is sampled. */
    public Sampling sampling(Window window) {
        return window.strength() == 1 && window.hasContext() ? inContext : sampling.startingAt(window.strength());
    }
}
