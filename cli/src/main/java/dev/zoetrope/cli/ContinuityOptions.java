package dev.zoetrope.cli;

import dev.zoetrope.runtime.Continuity;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how a clip longer than what the model makes at once is made piece by piece. */
final class ContinuityOptions {
    @Option(
            names = "--window",
            paramLabel = "N",
            description = "Most latents made in one piece, those looked back at counted. The model's if not given.")
    private @Nullable Integer window;

    @Option(names = "--context", paramLabel = "N", description = "Latents that a piece looks back at.")
    private @Nullable Integer context;

    @Option(
            names = "--context-noise",
            paramLabel = "X",
            description = "Noise level, 0 to 0.9, at which they are held: a little keeps errors from growing.")
    private @Nullable Double contextNoise;

    @Option(
            names = "--anchor",
            negatable = true,
            fallbackValue = "true",
            description = "Show every piece the clip's beginning too (default), or with --no-anchor not.")
    private @Nullable Boolean anchor;

    @Option(
            names = "--matching",
            paramLabel = "X",
            description = "Share, 0 to 1, by which later pieces are moved to the beginning's mean and deviation.")
    private @Nullable Double matching;

    /** What was given, in one line that is equal for equal options; empty for none. */
    String describe() {
        StringBuilder text = new StringBuilder();
        LookOptions.append(text, "window", window);
        LookOptions.append(text, "context", context);
        LookOptions.append(text, "context-noise", contextNoise);
        LookOptions.append(text, "anchor", anchor);
        LookOptions.append(text, "matching", matching);
        return text.toString();
    }

    boolean isEmpty() {
        return window == null && context == null && contextNoise == null && anchor == null && matching == null;
    }

    /** The request with the options that were given; what was not is the engine's choice for its size. */
    RenderRequest complete(Zoetrope engine, RenderRequest request) {
        return isEmpty()
                ? request
                : request.withContinuity(
                        applyTo(engine.resolve(request).continuity().orElseThrow()));
    }

    /** A window that was asked for alone takes a shorter context with it where it has to. */
    Continuity applyTo(Continuity usual) {
        int latents = window == null ? usual.window() : window;
        int lookedAt = context == null ? Math.min(usual.context(), Math.max(1, latents - 1)) : context;
        return new Continuity(
                latents,
                lookedAt,
                contextNoise == null ? usual.contextNoise() : contextNoise,
                anchor == null ? usual.anchor() : anchor,
                matching == null ? usual.matching() : matching);
    }

    /** Refuses what no model could take, before one is opened. */
    void check() {
        if (!isEmpty()) {
            int latents = window == null ? Continuity.MAX_WINDOW : window;
            applyTo(new Continuity(Continuity.MAX_WINDOW, 1, 0, true, 0).withWindow(latents));
        }
    }
}
