package dev.zoetrope.runtime.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/**
 * What a model renders when the request does not say.
 *
 * @param widthPx frame width
 * @param heightPx frame height
 * @param fps frames per second
 * @param seconds length
 * @param sampling how long and how strictly it is sampled
 * @param edits the same for edits that the model does better another way, by kind
 * @param window most latents it makes in one piece: about as many as it was trained on
 * @param context latents a piece looks back at
 * @param shift the flow schedule's shift (SD3, arXiv:2403.03206 §5.3.2)
 */
public record ModelDefaults(
        int widthPx,
        int heightPx,
        double fps,
        double seconds,
        Sampling sampling,
        Map<String, Sampling> edits,
        int window,
        int context,
        double shift) {
    /**
     * How a clip is sampled.
     *
     * @param steps sampler steps
     * @param guidance classifier-free guidance scale
     */
    public record Sampling(int steps, double guidance) {
        private static Sampling read(JsonNode node, String prefix, Sampling otherwise) {
            return new Sampling(
                    node.path(prefix + "steps").asInt(otherwise.steps),
                    node.path(prefix + "guidance").asDouble(otherwise.guidance));
        }
    }

    public ModelDefaults {
        edits = Map.copyOf(edits);
    }

    /**
     * How an edit is sampled if the request does not say.
     *
     * @param edit its kind, as requests name it in JSON
     */
    public Sampling sampling(String edit) {
        return edits.getOrDefault(edit, sampling);
    }

    static ModelDefaults read(ModelFolder folder) {
        JsonNode transformer =
                ModelFolder.readJson(folder.component("transformer").resolve("config.json"));
        JsonNode scheduler = ModelFolder.readJson(folder.component("scheduler").resolve("scheduler_config.json"));
        Sampling sampling = Sampling.read(transformer, "default_", new Sampling(20, 2));
        Map<String, Sampling> edits = new HashMap<>();
        transformer
                .path("default_edits")
                .properties()
                .forEach(entry -> edits.put(entry.getKey(), Sampling.read(entry.getValue(), "", sampling)));
        return new ModelDefaults(
                transformer.path("default_width").asInt(64),
                transformer.path("default_height").asInt(64),
                transformer.path("default_fps").asDouble(8),
                transformer.path("default_seconds").asDouble(2),
                sampling,
                edits,
                transformer.path("default_window").asInt(7),
                transformer.path("default_context").asInt(2),
                scheduler.path("shift").asDouble(1));
    }
}
