package dev.zoetrope.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a video's folder says of it, beside a database that may forget: that it was asked for, from before it is acknowledged
 * until it is deleted, and how it ended. A server killed twenty times under load was seen to come back without rows that H2
 * had committed (3 of 60, and 1 of 60 with one connection): a start takes them from here. A PostgreSQL does not forget, and
 * its servers do not start together: there nothing is written, and nothing taken up.
 */
final class FolderLedger {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final boolean needed;

    FolderLedger(boolean needed) {
        this.needed = needed;
    }

    /** Returns when it is on the disk that a video was asked for. */
    void asked(VideoFolder folder, Video video) throws IOException {
        if (!needed) {
            return;
        }
        ObjectNode node = JSON.createObjectNode()
                .put("id", video.id())
                .put("owner", video.owner().orElse(null))
                .put("model", video.model())
                .put("created", video.created().toString())
                .put("remixed_from", video.remixedFrom().orElse(null))
                .put("priority", video.priority().id());
        node.put("request", video.request().toJson());
        write(folder.request(), node);
    }

    /** Returns when it is on the disk how a video ended. */
    void ended(VideoFolder folder, Video video) {
        if (!needed || !video.status().isFinal() || !Files.exists(folder.request())) {
            return;
        }
        ObjectNode node = JSON.createObjectNode().put("status", video.status().id());
        video.completed().ifPresent(time -> node.put("completed", time.toString()));
        video.failure().ifPresent(failure -> node.put("code", failure.code()).put("message", failure.message()));
        try {
            write(folder.end(), node);
        } catch (IOException e) {
            if (!Files.exists(folder.request())) {
                return; // deleted in this moment: how it ended is nobody's question any more
            }
            throw new OutputException(
                    "data folder: expected to keep how " + video.id() + " ended, found: " + e.getMessage(), e);
        }
    }

    private static void write(Path file, ObjectNode node) throws IOException {
        AtomicFile.write(file, output -> output.write(node.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Brings the rows to what the folders say: what was acknowledged has one and stands where it ended; what was deleted has
     * none, and no folder.
     */
    void restore(Path videos, VideoStore store) {
        if (!needed) {
            return;
        }
        Set<String> rows = new HashSet<>(store.all());
        List<Video> lost = new ArrayList<>();
        for (VideoFolder folder : folders(videos)) {
            Optional<Video> found = read(folder);
            if (found.isEmpty()) {
                folder.delete();
            } else if (!rows.remove(found.get().id())) {
                lost.add(found.get());
            } else if (found.get().status().isFinal()) {
                store.end(found.get());
            }
        }
        lost.stream().sorted(Comparator.comparing(Video::created)).forEach(video -> {
            store.insert(video);
            store.bytes(video.id(), new VideoFolder(videos.resolve(video.id())).bytes());
            if (video.status().isFinal()) {
                store.end(video);
            }
        });
        rows.forEach(store::delete);
    }

    private static List<VideoFolder> folders(Path videos) {
        try (Stream<Path> folders = Files.list(videos)) {
            return folders.map(VideoFolder::new).toList();
        } catch (IOException e) {
            throw new OutputException("data folder: expected to list " + videos + ", found: " + e.getMessage(), e);
        }
    }

    /** The video as its folder knows it; nothing where none was acknowledged, or it was deleted. */
    private static Optional<Video> read(VideoFolder folder) {
        if (!Files.exists(folder.request())) {
            return Optional.empty();
        }
        try {
            JsonNode node = JSON.readTree(folder.request().toFile());
            Video asked = new Video(
                    node.path("id").asText(),
                    text(node, "owner"),
                    VideoStatus.QUEUED,
                    0,
                    RenderRequest.fromJson(node.path("request").asText()),
                    node.path("model").asText(),
                    Instant.parse(node.path("created").asText()),
                    Optional.empty(),
                    Optional.empty(),
                    text(node, "remixed_from"),
                    text(node, "priority").flatMap(Priority::of).orElse(Priority.NORMAL),
                    Optional.empty());
            return Optional.of(Files.exists(folder.end()) ? ended(asked, folder.end()) : asked);
        } catch (IOException | RequestException | DateTimeException | IllegalArgumentException e) {
            System.getLogger(FolderLedger.class.getName())
                    .log(System.Logger.Level.WARNING, "not taken up: " + folder.path() + " (" + e.getMessage() + ")");
            return Optional.empty();
        }
    }

    private static Video ended(Video asked, Path end) throws IOException {
        JsonNode node = JSON.readTree(end.toFile());
        return asked.withEnd(
                VideoStatus.of(node.path("status").asText()),
                text(node, "completed").map(Instant::parse),
                text(node, "code")
                        .map(code ->
                                new Video.Failure(code, node.path("message").asText())));
    }

    private static Optional<String> text(JsonNode node, String name) {
        return node.hasNonNull(name) ? Optional.of(node.get(name).asText()) : Optional.empty();
    }
}
