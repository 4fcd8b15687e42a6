package dev.zoetrope.server.stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.server.job.JobEvent;
import dev.zoetrope.server.job.JobPreview;
import java.util.Base64;

/**
 * What is told of a video, as JSON.
 *
 * @param id the video's
 */
record EventJson(String id) {
    /** What a picture's event is called. */
    static final String PREVIEW = "preview";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The picture is in an address of its own, which a page can show as it is. */
    ObjectNode of(JobPreview preview) {
        String type = "image/" + JobPreview.FORMAT.id();
        return JSON.createObjectNode()
                .put("type", PREVIEW)
                .put("id", id)
                .put("step", preview.step())
                .put("steps", preview.steps())
                .put("width", preview.widthPx())
                .put("height", preview.heightPx())
                .put(
                        "image_url",
                        "data:" + type + ";base64," + Base64.getEncoder().encodeToString(preview.file()));
    }

    ObjectNode of(JobEvent event) {
        ObjectNode node = JSON.createObjectNode().put("type", event.name()).put("id", id);
        switch (event) {
            case JobEvent.Queued queued -> {
                node.put("status", "queued").put("progress", 0).put("position", queued.position());
                queued.startsIn().ifPresent(time -> node.put("wait_seconds", time.toMillis() / 1000.0));
            }
            case JobEvent.Started started -> node.put("status", "in_progress").put("progress", started.percent());
            case JobEvent.Step step ->
                node.put("status", "in_progress")
                        .put("progress", step.percent())
                        .put("step", step.step())
                        .put("steps", step.steps())
                        .put("remaining_seconds", step.remainingSeconds());
            case JobEvent.Decoded decoded ->
                node.put("status", "in_progress")
                        .put("progress", decoded.percent())
                        .put("frame", decoded.frame())
                        .put("frames", decoded.frames())
                        .put("decoded_seconds", decoded.seconds());
            case JobEvent.Completed _ -> node.put("status", "completed").put("progress", 100);
            case JobEvent.Failed failed ->
                node.put("status", "failed")
                        .putObject("error")
                        .put("code", failed.failure().code())
                        .put("message", failed.failure().message());
            case JobEvent.Cancelled _ -> node.put("status", "cancelled");
            case JobEvent.Deleted _ -> node.put("status", "deleted");
            case JobEvent.Stopping _ -> node.put("status", "queued");
        }
        return node;
    }
}
