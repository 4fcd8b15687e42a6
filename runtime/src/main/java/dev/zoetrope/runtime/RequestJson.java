package dev.zoetrope.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.StepSavings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A request as JSON: the form kept in a clip's metadata, in checkpoints and in batch files. */
final class RequestJson {
    static final ObjectMapper JSON = new ObjectMapper();

    private RequestJson() {}

    /** Only what is set is written. */
    static ObjectNode write(RenderRequest request) {
        ObjectNode node = JSON.createObjectNode();
        node.put("prompt", request.prompt());
        if (!request.negativePrompt().isEmpty()) {
            node.put("negative_prompt", request.negativePrompt());
        }
        request.size().ifPresent(size -> node.put("size", size.toString()));
        request.seconds().ifPresent(value -> node.put("seconds", value));
        request.frames().ifPresent(value -> node.put("frames", value));
        request.fps().ifPresent(value -> node.put("fps", value));
        request.steps().ifPresent(value -> node.put("steps", value));
        request.guidance().ifPresent(value -> node.put("guidance", value));
        request.contextSteps().ifPresent(value -> node.put("context_steps", value));
        request.contextGuidance().ifPresent(value -> node.put("context_guidance", value));
        request.laterGuidance().ifPresent(value -> node.put("later_guidance", value));
        request.sampler().ifPresent(value -> node.put("sampler", value.id()));
        if (!request.sigmas().isEmpty()) {
            request.sigmas().forEach(node.withArray("sigmas")::add);
        }
        node.put("seed", request.seed());
        node.put("rng", request.noise().id());
        write(node, request.savings());
        request.continuity().ifPresent(value -> node.set("continuity", EditJson.write(value)));
        if (request.experimental()) {
            node.put("experimental", true);
        }
        request.edit().ifPresent(value -> node.set("edit", EditJson.write(value)));
        return node;
    }

    private static void write(ObjectNode node, StepSavings savings) {
        if (savings.reuseThreshold() != StepSavings.NONE.reuseThreshold()) {
            node.put("reuse_threshold", savings.reuseThreshold());
        }
        if (savings.guidanceStart() != StepSavings.NONE.guidanceStart()) {
            node.put("guidance_start", savings.guidanceStart());
        }
        if (savings.guidanceStop() != StepSavings.NONE.guidanceStop()) {
            node.put("guidance_stop", savings.guidanceStop());
        }
    }

    static RenderRequest read(String text) {
        try {
            return read(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            throw new RequestException("request: expected JSON, found " + e.getOriginalMessage(), e);
        }
    }

    static RenderRequest read(JsonNode node) {
        if (!node.path("prompt").isTextual()) {
            throw new RequestException("request: expected a JSON object with a \"prompt\", found " + node);
        }
        RenderRequest request = RenderRequest.of(node.get("prompt").asText())
                .withNegativePrompt(node.path("negative_prompt").asText(""))
                .withSeed(node.path("seed").asLong(0));
        if (node.hasNonNull("size")) {
            request = request.withSize(FrameSize.parse(node.get("size").asText()));
        }
        if (node.hasNonNull("seconds")) {
            request = request.withSeconds(node.get("seconds").asDouble());
        }
        if (node.hasNonNull("frames")) {
            request = request.withFrames(node.get("frames").asInt());
        }
        if (node.hasNonNull("fps")) {
            request = request.withFps(node.get("fps").asDouble());
        }
        if (node.hasNonNull("steps")) {
            request = request.withSteps(node.get("steps").asInt());
        }
        if (node.hasNonNull("guidance")) {
            request = request.withGuidance(node.get("guidance").asDouble());
        }
        if (node.hasNonNull("context_steps")) {
            request = request.withContextSteps(node.get("context_steps").asInt());
        }
        if (node.hasNonNull("context_guidance")) {
            request = request.withContextGuidance(node.get("context_guidance").asDouble());
        }
        if (node.hasNonNull("later_guidance")) {
            request = request.withLaterGuidance(node.get("later_guidance").asDouble());
        }
        if (node.hasNonNull("sampler")) {
            request = request.withSampler(SamplerKind.parse(node.get("sampler").asText()));
        }
        if (node.hasNonNull("sigmas")) {
            List<Double> sigmas = new ArrayList<>();
            node.get("sigmas").forEach(value -> sigmas.add(value.asDouble()));
            request = request.withSigmas(sigmas);
        }
        request = request.withSavings(new StepSavings(
                node.path("reuse_threshold").asDouble(StepSavings.NONE.reuseThreshold()),
                node.path("guidance_start").asDouble(StepSavings.NONE.guidanceStart()),
                node.path("guidance_stop").asDouble(StepSavings.NONE.guidanceStop())));
        if (node.hasNonNull("continuity")) {
            request = request.withContinuity(EditJson.readContinuity(node.get("continuity")));
        }
        request = request.withExperimental(node.path("experimental").asBoolean(false));
        if (node.hasNonNull("edit")) {
            request = request.withEdit(EditJson.read(node.get("edit")));
        }
        return request.withNoise(noise(node.path("rng").asText("philox")));
    }

    private static NoiseKind noise(String id) {
        Optional<NoiseKind> kind = NoiseKind.of(id);
        return kind.orElseThrow(() -> new RequestException("rng: expected philox or torch, found '" + id + "'"));
    }
}
