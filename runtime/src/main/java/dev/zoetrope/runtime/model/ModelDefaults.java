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
 * @param window most latents it makes in one piece: about as many as it was trained on
 * @param context latents a piece looks back at
 * @param matching share by which later pieces are moved to the mean and deviation of the clip's beginning
 * @param shift the flow schedule's shift (SD3, arXiv:2403.03206 §5.3.2)
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
        int window,
        int context,
        double matching,
        double shift) {
    static ModelDefaults read(ModelFolder folder) {
        JsonNode transformer =
                ModelFolder.readJson(folder.component("transformer").resolve("config.json"));
        JsonNode scheduler = ModelFolder.readJson(folder.component("scheduler").resolve("scheduler_config.json"));
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
                transformer.path("default_window").asInt(7),
                transformer.path("default_context").asInt(2),
                transformer.path("default_matching").asDouble(0),
                scheduler.path("shift").asDouble(1));
    }
}
