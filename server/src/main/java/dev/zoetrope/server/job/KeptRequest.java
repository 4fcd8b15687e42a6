package dev.zoetrope.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Optional;

/**
 * What was asked for, in a file of the video's folder, from before it is acknowledged until it is deleted. The database
 * says where a video stands; this says that there is one. A server killed twenty times under load was seen to come back
 * without rows that H2 had committed (3 of 60, and 1 of 60 with one connection): a start takes them from here.
 */
final class KeptRequest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptRequest() {}

    /** Returns when the file is on the disk. */
    static void write(VideoFolder folder, Video video) throws IOException {
        ObjectNode node = JSON.createObjectNode()
                .put("id", video.id())
                .put("owner", video.owner().orElse(null))
                .put("model", video.model())
                .put("created", video.created().toString())
                .put("remixed_from", video.remixedFrom().orElse(null));
        node.put("request", video.request().toJson());
        AtomicFile.write(
                folder.request(), output -> output.write(node.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** The video as it was asked for, waiting; nothing where none was acknowledged, or it was deleted. */
    static Optional<Video> read(VideoFolder folder) {
        if (!Files.exists(folder.request())) {
            return Optional.empty();
        }
        try {
            JsonNode node = JSON.readTree(folder.request().toFile());
            return Optional.of(new Video(
                    node.path("id").asText(),
                    text(node, "owner"),
                    VideoStatus.QUEUED,
                    0,
                    RenderRequest.fromJson(node.path("request").asText()),
                    node.path("model").asText(),
                    Instant.parse(node.path("created").asText()),
                    Optional.empty(),
                    Optional.empty(),
                    text(node, "remixed_from")));
        } catch (IOException | RequestException | java.time.DateTimeException e) {
            System.getLogger(KeptRequest.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "not taken up: " + folder.request() + " (" + e.getMessage() + ")");
            return Optional.empty();
        }
    }

    private static Optional<String> text(JsonNode node, String name) {
        return node.hasNonNull(name) ? Optional.of(node.get(name).asText()) : Optional.empty();
    }
}
