package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.StepSavings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * What to render. Everything but the prompt is optional: an empty field means the model's own default, resolved when the
 * render starts. Immutable; {@code with…} methods return a changed copy. Each value is checked where it is set, and a
 * refusal names the nearest value that works.
 *
 * @param prompt what the clip shows; not blank
 * @param negativePrompt what it should not show; empty = the dropped prompt
 * @param size frame size in pixels
 * @param seconds length in seconds; rounded to whole frames
 * @param frames length in frames; wins over {@code seconds}
 * @param fps frames per second
 * @param steps sampler steps, 1 to {@value #MAX_STEPS}
 * @param guidance classifier-free guidance scale; 1 = off
 * @param contextSteps denoising steps of a piece that is shown latents beside those it makes, as all are that go on,
 *     lead up to something or lie between frames; empty = {@code steps} if they are given, else the model's
 * @param contextGuidance guidance scale of such a piece; empty = {@code guidance} if it is given, else the model's
 * @param laterGuidance guidance scale of the second network of a model that has two, one after the other; empty =
 *     {@code guidance} if it is given, else the model's
 * @param sampler the sampler
 * @param sigmas noise levels instead of the sampler's own schedule: strictly falling, first at most 1, last 0
 * @param seed the same seed, model, library and settings give the same pixels
 * @param noise where the random numbers come from
 * @param savings work that may be left out, at the price of other pixels
 * @param continuity how a clip longer than the model's own length is made piece by piece
 * @param experimental whether the model may be given what its weights were not trained for
 * @param edit what is given beside the prompt, and what is to be done with it; empty = everything is made from the prompt
 */
public record RenderRequest(
        String prompt,
        String negativePrompt,
        Optional<FrameSize> size,
        OptionalDouble seconds,
        OptionalInt frames,
        OptionalDouble fps,
        OptionalInt steps,
        OptionalDouble guidance,
        OptionalInt contextSteps,
        OptionalDouble contextGuidance,
        OptionalDouble laterGuidance,
        Optional<SamplerKind> sampler,
        List<Double> sigmas,
        long seed,
        NoiseKind noise,
        StepSavings savings,
        Optional<Continuity> continuity,
        boolean experimental,
        Optional<Edit> edit) {
    public static final int MAX_STEPS = 1000;
    public static final int MAX_FRAMES = 100_000;
    public static final double MAX_GUIDANCE = 100;

    public RenderRequest {
        if (prompt.isBlank()) {
            throw new RequestException("prompt: expected at least one word, found "
                    + (prompt.isEmpty() ? "an empty text" : "only blanks")
                    + " (say what the clip shows, such as \"a red ball bounces over the sea\")");
        }
        sigmas = List.copyOf(sigmas);
        checkRange("seconds", seconds, 0, false, MAX_FRAMES);
        fps.ifPresent(FrameRate::of); // refuses what is no frame rate
        checkRange("guidance", guidance, 0, true, MAX_GUIDANCE);
        checkRange("frames", frames, MAX_FRAMES);
        checkRange("steps", steps, MAX_STEPS);
        checkRange("guidance in context", contextGuidance, 0, true, MAX_GUIDANCE);
        checkRange("later guidance", laterGuidance, 0, true, MAX_GUIDANCE);
        checkRange("steps in context", contextSteps, MAX_STEPS);
    }

    /** A request with the model's defaults and seed 0. */
    public static RenderRequest of(String prompt) {
        return new Draft(prompt).build();
    }

    /** What is shown at its end: of several shots the last one's prompt. */
    public String lastPrompt() {
        return edit.orElse(null) instanceof Edit.Compose compose
                        && !compose.shots().isEmpty()
                ? compose.shots().getLast().prompt()
                : prompt;
    }

    public RenderRequest withPrompt(String value) {
        return with(draft -> draft.prompt = value);
    }

    public RenderRequest withNegativePrompt(String value) {
        return with(draft -> draft.negativePrompt = value);
    }

    public RenderRequest withSize(int widthPx, int heightPx) {
        return withSize(new FrameSize(widthPx, heightPx));
    }

    public RenderRequest withSize(FrameSize value) {
        return with(draft -> draft.size = Optional.of(value));
    }

    public RenderRequest withSeconds(double value) {
        return with(draft -> {
            draft.seconds = OptionalDouble.of(value);
            draft.frames = OptionalInt.empty();
        });
    }

    public RenderRequest withFrames(int value) {
        return with(draft -> {
            draft.seconds = OptionalDouble.empty();
            draft.frames = OptionalInt.of(value);
        });
    }

    /** The same of the length that its edit or the model gives it. */
    public RenderRequest withoutLength() {
        return with(draft -> {
            draft.seconds = OptionalDouble.empty();
            draft.frames = OptionalInt.empty();
        });
    }

    public RenderRequest withFps(double value) {
        return with(draft -> draft.fps = OptionalDouble.of(value));
    }

    public RenderRequest withSteps(int value) {
        return with(draft -> draft.steps = OptionalInt.of(value));
    }

    public RenderRequest withGuidance(double value) {
        return with(draft -> draft.guidance = OptionalDouble.of(value));
    }

    public RenderRequest withContextSteps(int value) {
        return with(draft -> draft.contextSteps = OptionalInt.of(value));
    }

    public RenderRequest withContextGuidance(double value) {
        return with(draft -> draft.contextGuidance = OptionalDouble.of(value));
    }

    public RenderRequest withLaterGuidance(double value) {
        return with(draft -> draft.laterGuidance = OptionalDouble.of(value));
    }

    public RenderRequest withExperimental(boolean value) {
        return with(draft -> draft.experimental = value);
    }

    public RenderRequest withSampler(SamplerKind value) {
        return with(draft -> draft.sampler = Optional.of(value));
    }

    public RenderRequest withSigmas(List<Double> value) {
        return with(draft -> draft.sigmas = value);
    }

    public RenderRequest withSeed(long value) {
        return with(draft -> draft.seed = value);
    }

    public RenderRequest withNoise(NoiseKind value) {
        return with(draft -> draft.noise = value);
    }

    public RenderRequest withSavings(StepSavings value) {
        return with(draft -> draft.savings = value);
    }

    public RenderRequest withContinuity(Continuity value) {
        return with(draft -> draft.continuity = Optional.of(value));
    }

    public RenderRequest withEdit(Edit value) {
        return with(draft -> draft.edit = Optional.of(value));
    }

    private RenderRequest with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.build();
    }

    /** One JSON object with what is set; {@link #fromJson} reads it back. */
    public String toJson() {
        return RequestJson.write(this).toString();
    }

    /** Reads what {@link #toJson} wrote; unknown fields are ignored. */
    public static RenderRequest fromJson(String json) {
        return RequestJson.read(json);
    }

    private static void checkRange(String name, OptionalDouble value, double low, boolean lowIncluded, double high) {
        if (value.isEmpty()) {
            return;
        }
        double found = value.getAsDouble();
        if (!(lowIncluded ? found >= low : found > low) || !(found <= high)) {
            throw new RequestException(name + ": expected " + (lowIncluded ? "" : "more than ") + low + " and at most "
                    + high + ", found " + found);
        }
    }

    private static void checkRange(String name, OptionalInt value, int high) {
        if (value.isPresent() && (value.getAsInt() < 1 || value.getAsInt() > high)) {
            throw new RequestException(name + ": expected 1 to " + high + ", found " + value.getAsInt()
                    + " (nearest that works: " + Math.clamp(value.getAsInt(), 1, high) + ")");
        }
    }

    /** The values of a request that is being put together. */
    private static final class Draft {
        private String prompt;
        private String negativePrompt = "";
        private Optional<FrameSize> size = Optional.empty();
        private OptionalDouble seconds = OptionalDouble.empty();
        private OptionalInt frames = OptionalInt.empty();
        private OptionalDouble fps = OptionalDouble.empty();
        private OptionalInt steps = OptionalInt.empty();
        private OptionalDouble guidance = OptionalDouble.empty();
        private OptionalInt contextSteps = OptionalInt.empty();
        private OptionalDouble contextGuidance = OptionalDouble.empty();
        private OptionalDouble laterGuidance = OptionalDouble.empty();
        private Optional<SamplerKind> sampler = Optional.empty();
        private List<Double> sigmas = List.of();
        private long seed;
        private NoiseKind noise = NoiseKind.PHILOX;
        private StepSavings savings = StepSavings.NONE;
        private Optional<Continuity> continuity = Optional.empty();
        private boolean experimental;
        private Optional<Edit> edit = Optional.empty();

        Draft(String prompt) {
            this.prompt = prompt;
        }

        Draft(RenderRequest request) {
            prompt = request.prompt;
            negativePrompt = request.negativePrompt;
            size = request.size;
            seconds = request.seconds;
            frames = request.frames;
            fps = request.fps;
            steps = request.steps;
            guidance = request.guidance;
            contextSteps = request.contextSteps;
            contextGuidance = request.contextGuidance;
            laterGuidance = request.laterGuidance;
            sampler = request.sampler;
            sigmas = request.sigmas;
            seed = request.seed;
            noise = request.noise;
            savings = request.savings;
            continuity = request.continuity;
            experimental = request.experimental;
            edit = request.edit;
        }

        RenderRequest build() {
            return new RenderRequest(
                    prompt,
                    negativePrompt,
                    size,
                    seconds,
                    frames,
                    fps,
                    steps,
                    guidance,
                    contextSteps,
                    contextGuidance,
                    laterGuidance,
                    sampler,
                    sigmas,
                    seed,
                    noise,
                    savings,
                    continuity,
                    experimental,
                    edit);
        }
    }
}
