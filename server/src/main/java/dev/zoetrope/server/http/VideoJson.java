package dev.zoetrope.server.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.server.job.Video;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/** Videos as the protocol writes them, with what it takes to make the same one again. */
final class VideoJson {
    private VideoJson() {}

    static ObjectNode of(Video video) {
        RenderRequest request = video.request();
        int frames = request.frames().orElse(1);
        double fps = request.fps().orElse(1);
        ObjectNode node = Answers.JSON.createObjectNode();
        node.put("id", video.id());
        node.put("object", "video");
        node.put("status", video.status().id());
        node.put("progress", video.progress());
        node.put("created_at", video.created().getEpochSecond());
        video.completed()
                .ifPresentOrElse(
                        time -> node.put("completed_at", time.getEpochSecond()), () -> node.putNull("completed_at"));
        video.expires()
                .ifPresentOrElse(
                        time -> node.put("expires_at", time.getEpochSecond()), () -> node.putNull("expires_at"));
        video.failure()
                .ifPresentOrElse(
                        failure -> node.putObject("error")
                                .put("code", failure.code())
                                .put("message", failure.message()),
                        () -> node.putNull("error"));
        node.put("model", video.model());
        node.put("prompt", request.prompt());
        if (!request.negativePrompt().isEmpty()) {
            node.put("negative_prompt", request.negativePrompt());
        }
        node.put("seconds", seconds(frames / fps));
        node.put("size", request.size().map(Object::toString).orElse(""));
        video.remixedFrom()
                .ifPresentOrElse(
                        id -> node.put("remixed_from_video_id", id), () -> node.putNull("remixed_from_video_id"));
        node.put("num_frames", frames);
        node.put("fps", fps);
        node.put("seed", request.seed());
        request.steps().ifPresent(steps -> node.put("num_inference_steps", steps));
        request.guidance().ifPresent(guidance -> node.put("guidance_scale", guidance));
        node.put("priority", video.priority().id());
        return node;
    }

    /**
     * A page of a list.
     *
     * @param found one more than the page holds, where there is more
     */
    static ObjectNode list(List<Video> found, int limit) {
        List<Video> page = found.subList(0, Math.min(limit, found.size()));
        ObjectNode node = Answers.JSON.createObjectNode().put("object", "list");
        ArrayNode data = node.putArray("data");
        page.forEach(video -> data.add(of(video)));
        node.put("first_id", page.isEmpty() ? null : page.getFirst().id());
        node.put("last_id", page.isEmpty() ? null : page.getLast().id());
        node.put("has_more", found.size() > limit);
        return node;
    }

    /** A text in this protocol: {@code 2}, {@code 2.5}. */
    private static String seconds(double value) {
        return BigDecimal.valueOf(value)
                .setScale(3, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
