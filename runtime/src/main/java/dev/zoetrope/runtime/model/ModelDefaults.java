package dev.zoetrope.runtime.model;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a model renders when the request does not say.
 *
 * @param widthPx frame width
 * @param heightPx frame height
 * @param fps frames per second
 * @param seconds length
 * @param steps sampler steps
 * @param guidance classifier-free guidance scale
 * @param contextSteps sampler steps of a piece that is shown latents beside those it makes
 * @param contextGuidance guidance scale of such a piece
 * @param laterGuidance guidance scale below {@code boundary} where the request says neither
 * @param boundary timestep, in training levels, below which another network goes on; 0 = there is one
 * @param window most latents it makes in one piece: about as many as it was trained on; 0 = a clip is made whole
 * @param context latents a piece looks back at
 * @param anchor whether pieces are shown the clip's beginning, too
 * @param matching share by which later pieces are moved to the mean and deviation of the clip's beginning
 * @param areaFactor an input keeps its size up to this multiple of the model's own area
 */
public record ModelDefaults(
        int widthPx,
        int heightPx,
        double fps,
        double seconds,
        int steps,
        double guidance,
        int contextSteps,
        double contextGuidance,
        double laterGuidance,
        double boundary,
        int window,
        int context,
        boolean anchor,
        double matching,
        double areaFactor) {
    /** Flipbook is trained on any size; larger inputs than this are scaled down to it. */
    private static final double FLIPBOOK_AREA_FACTOR = 9;

    /** Flipbook folders say theirs in the transformer's configuration. */
    static ModelDefaults readFlipbook(ModelFolder folder) {
        JsonNode transformer = folder.readConfig("transformer/config.json");
        int steps = transformer.path("default_steps").asInt(20);
        double guidance = transformer.path("default_guidance").asDouble(2);
        return new ModelDefaults(
                transformer.path("default_width").asInt(64),
                transformer.path("default_height").asInt(64),
                transformer.path("default_fps").asDouble(8),
                transformer.path("default_seconds").asDouble(2),
                steps,
                guidance,
                transformer.path("default_context_steps").asInt(steps),
                transformer.path("default_context_guidance").asDouble(guidance),
                guidance,
                0,
                transformer.path("default_window").asInt(7),
                transformer.path("default_context").asInt(2),
                true,
                transformer.path("default_matching").asDouble(0),
                FLIPBOOK_AREA_FACTOR);
    }
}
