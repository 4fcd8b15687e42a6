package dev.zoetrope.cli;

import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.StepSavings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that say what the pixels are, whatever the clip's length. All commands that make clips share them, and
 * files of batches and storyboards have them as fields. What is not given stays as the request already has it.
 */
final class LookOptions {
    /** Seeds drawn at random stay below 2^32, so that they can be read out and survive programs that count in doubles. */
    private static final long RANDOM_SEEDS = 1L << 32;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "WxH",
            description = "Size of a frame in pixels, such as 64x48. Any size: latents are rounded up, frames cropped.")
    private @Nullable String size;

    @Option(
            names = {"-r", "--fps"},
            paramLabel = "RATE",
            description = "Frames per second, such as 8 or 24000/1001. The model is told, so motion keeps its speed.")
    private @Nullable String fps;

    @Option(
            names = {"-n", "--steps"},
            paramLabel = "N",
            description = "Steps of the sampler; the model says how many if you do not, also for edits.")
    private @Nullable Integer steps;

    @Option(
            names = {"-g", "--guidance"},
            paramLabel = "SCALE",
            description = "How strictly the prompt is followed; 1 turns guidance off and halves the time.")
    private @Nullable Double guidance;

    @Option(
            names = "--context-steps",
            paramLabel = "N",
            description = "Steps of pieces that are shown latents beside those they make: all that go on, lead up to"
                    + " something or lie between frames. --steps if that is given, else the model's.")
    private @Nullable Integer contextSteps;

    @Option(
            names = "--context-guidance",
            paramLabel = "SCALE",
            description = "Guidance of such pieces. --guidance if that is given, else the model's.")
    private @Nullable Double contextGuidance;

    @Option(
            names = "--later-guidance",
            paramLabel = "SCALE",
            description = "Guidance of the second network of a model that has two, one after the other (Wan 2.2 A14B)."
                    + " --guidance if that is given, else the model's.")
    private @Nullable Double laterGuidance;

    @Option(
            names = "--guidance-start",
            paramLabel = "SHARE",
            description = "Share of the steps before guidance begins; 0 if not given.")
    private @Nullable Double guidanceStart;

    @Option(
            names = "--guidance-stop",
            paramLabel = "SHARE",
            description =
                    "Share of the steps after which guidance ends, and a step takes half the time; 1 if not given.")
    private @Nullable Double guidanceStop;

    @Option(
            names = "--reuse-threshold",
            paramLabel = "SHARE",
            description =
                    "Leave the network out of steps for which its answer is predicted to change by less; 0 is off.")
    private @Nullable Double reuseThreshold;

    @Option(names = "--sampler", paramLabel = "NAME", description = "flow-euler, ddim, ddpm, dpm++2m or unipc.")
    private @Nullable String sampler;

    @Option(
            names = "--sigmas",
            paramLabel = FieldOptions.LIST,
            description = "Noise levels instead of a schedule, such as 1,0.8,0.4,0: falling, the last one 0.")
    private @Nullable String sigmas;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed gives the same clip. Drawn at random and printed if not given.")
    private @Nullable Long seed;

    @Option(names = "--negative", paramLabel = "TEXT", description = "What the clip should not show.")
    private @Nullable String negative;

    @Option(
            names = "--experimental",
            description = "Try what the model has a place for but its weights were not trained for.")
    private boolean experimental;

    @Option(
            names = "--rng",
            paramLabel = "NAME",
            description = "Where noise comes from: philox (default), or torch to compare with PyTorch pipelines.")
    private @Nullable String rng;

    /** What was given, in one line that is equal for equal options. */
    String describe() {
        StringBuilder text = new StringBuilder();
        append(text, "size", size);
        append(text, "fps", fps);
        append(text, "steps", steps);
        append(text, "guidance", guidance);
        append(text, "context-steps", contextSteps);
        append(text, "context-guidance", contextGuidance);
        append(text, "later-guidance", laterGuidance);
        append(text, "guidance-start", guidanceStart);
        append(text, "guidance-stop", guidanceStop);
        append(text, "reuse-threshold", reuseThreshold);
        append(text, "sampler", sampler);
        append(text, "sigmas", sigmas);
        append(text, "seed", seed);
        append(text, "negative", negative);
        append(text, "rng", rng);
        append(text, "experimental", experimental ? Boolean.TRUE : null);
        return text.toString();
    }

    boolean hasSeed() {
        return seed != null;
    }

    /** Whether it or what usually holds has a seed. */
    boolean hasSeedOver(RequestOptions usual) {
        return hasSeed() || usual.hasSeed();
    }

    static long randomSeed() {
        return ThreadLocalRandom.current().nextLong(RANDOM_SEEDS);
    }

    /** The request with what usually holds for its look, and with the options that were given, which win. */
    RenderRequest over(RequestOptions usual, RenderRequest request) {
        return applyTo(usual.applyLook(request));
    }

    /**
     * The request with the options that were given.
     *
     * @throws RequestException if one of them is out of range; it names the nearest that works
     */
    RenderRequest applyTo(RenderRequest request) {
        if (sigmas != null && steps != null) {
            throw new RequestException("--sigmas and --steps: expected one of them, found both"
                    + " (a list of noise levels already says how many steps there are)");
        }
        RenderRequest result = applyShape(request);
        if (guidance != null) {
            result = result.withGuidance(guidance).withContextGuidance(guidance);
        }
        if (contextGuidance != null) {
            result = result.withContextGuidance(contextGuidance);
        }
        if (laterGuidance != null) {
            result = result.withLaterGuidance(laterGuidance);
        }
        if (experimental) {
            result = result.withExperimental(true);
        }
        if (seed != null) {
            result = result.withSeed(seed);
        }
        if (negative != null) {
            result = result.withNegativePrompt(negative.strip());
        }
        if (rng != null) {
            result = result.withNoise(parseNoise(rng));
        }
        return applySampling(applySavings(result));
    }

    private RenderRequest applySavings(RenderRequest request) {
        StepSavings usual = request.savings();
        return request.withSavings(new StepSavings(
                reuseThreshold == null ? usual.reuseThreshold() : reuseThreshold,
                guidanceStart == null ? usual.guidanceStart() : guidanceStart,
                guidanceStop == null ? usual.guidanceStop() : guidanceStop));
    }

    private RenderRequest applyShape(RenderRequest request) {
        RenderRequest result = request;
        if (size != null) {
            result = result.withSize(FrameSize.parse(size));
        }
        if (fps != null) {
            result = result.withFps(FrameRate.parse(fps).framesPerSecond());
        }
        return result;
    }

    private RenderRequest applySampling(RenderRequest request) {
        RenderRequest result = request;
        if (steps != null) {
            // A list of noise levels that came from elsewhere says another number of steps.
            result = result.withSigmas(List.of()).withSteps(steps).withContextSteps(steps);
        }
        if (contextSteps != null) {
            result = result.withContextSteps(contextSteps);
        }
        if (sigmas != null) {
            List<Double> levels = parseSigmas(sigmas);
            result = result.withSteps(Math.max(1, levels.size() - 1)).withSigmas(levels);
        }
        if (sampler != null) {
            result = result.withSampler(parseSampler(sampler));
        }
        return result;
    }

    private static SamplerKind parseSampler(String name) {
        try {
            return SamplerKind.parse(name);
        } catch (RequestException e) {
            List<String> names =
                    Arrays.stream(SamplerKind.values()).map(SamplerKind::id).toList();
            throw NearestName.of(name, names)
                    .map(nearest -> new RequestException(e.getMessage() + "; did you mean " + nearest + "?", e))
                    .orElse(e);
        }
    }

    private static NoiseKind parseNoise(String name) {
        return NoiseKind.of(name)
                .orElseThrow(() -> new RequestException("--rng: expected philox or torch, found '" + name + "'"));
    }

    private static List<Double> parseSigmas(String list) {
        List<Double> levels = new ArrayList<>();
        for (String level : list.split(",", -1)) {
            try {
                levels.add(Double.valueOf(level.strip()));
            } catch (NumberFormatException e) {
                throw new RequestException(
                        "--sigmas: expected numbers with commas between them, found '" + level.strip() + "'", e);
            }
        }
        return levels;
    }

    /** Adds a value to a line that describes options, with its length, so that no two sets of them look alike. */
    static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            String plain = value.toString().strip();
            text.append(name)
                    .append('=')
                    .append(plain.length())
                    .append(':')
                    .append(plain)
                    .append(' ');
        }
    }
}
