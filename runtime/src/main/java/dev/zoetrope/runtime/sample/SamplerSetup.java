package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.timeline.TokenRange;
import java.util.List;

/**
 * What a sampler needs to know of its clip.
 *
 * @param path the noise levels
 * @param tokens latent tokens of the clip, noisy or not
 * @param channels numbers in a token
 * @param noisy the tokens it changes
 * @param eta how much noise {@link SamplerKind#DDIM} adds: 0 none, 1 as much as DDPM
 * @param noise fresh noise for samplers that add it
 */
public record SamplerSetup(
        NoisePath path, int tokens, int channels, List<TokenRange> noisy, double eta, StepNoise noise) {
    public SamplerSetup {
        noisy = List.copyOf(noisy);
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta: expected 0 to 1, found " + eta);
        }
        for (TokenRange range : noisy) {
            if (range.firstToken() + range.tokens() > tokens) {
                throw new IllegalArgumentException(
                        "noisy tokens: expected a range inside " + tokens + " tokens, found " + range);
            }
        }
    }

    /** Elements of the whole clip. */
    long elements() {
        return (long) tokens * channels;
    }
}
