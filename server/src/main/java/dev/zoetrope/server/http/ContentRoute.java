package dev.zoetrope.server.http;

import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoFolder;
import dev.zoetrope.server.job.VideoStatus;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code GET /v1/videos/{id}/content}: the files of a video that is done, whole or in part. */
final class ContentRoute {
    private final Answers answers;
    private final Jobs jobs;

    ContentRoute(Answers answers, Jobs jobs) {
        this.answers = answers;
        this.jobs = jobs;
    }

    /**
     * What is to be sent.
     *
     * @param id the video's
     * @param file where it is, if it is in the data folder
     * @param size in bytes
     * @param here whether it is there
     */
    private record Content(String id, Path file, String type, long size, boolean here) {
        String name() {
            return String.valueOf(file.getFileName());
        }

        String shownName() {
            return id + "-" + name();
        }
    }

    void get(RoutingContext context) {
        send(context, Routes.id(context));
    }

    /** The file of a video, or the picture that is asked for behind the question mark. */
    void send(RoutingContext context, String id) {
        String variant =
                Optional.ofNullable(context.request().getParam("variant")).orElse("video");
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(context, () -> find(id, owner, variant), content -> send(context, content));
    }

    private Content find(String id, Optional<String> owner, String variant) throws IOException {
        Video video = jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id));
        VideoFolder folder = jobs.folder(id);
        Path file = switch (variant) {
            case "video" -> folder.video();
            case "thumbnail" -> folder.thumbnail();
            case "spritesheet" -> folder.spriteSheet();
            default -> throw new IllegalStateException("the document has no variant " + variant);
        };
        if (video.status() != VideoStatus.COMPLETED) {
            throw new ApiException(
                    404,
                    null,
                    "not_ready",
                    "content: expected a video that is completed, found it "
                            + video.status().id()
                            + video.failure()
                                    .map(failure -> " (" + failure.message() + ")")
                                    .orElse(""));
        }
        boolean here = Files.exists(file);
        long size = jobs.files().size(id, String.valueOf(file.getFileName())).orElseThrow(ContentRoute::removed);
        return new Content(id, file, variant.equals("video") ? "video/mp4" : "image/png", size, here);
    }

    private static ApiException removed() {
        return new ApiException(
                404,
                null,
                "not_found",
                "content: expected the video's file, found none (it was removed from the data folder, or has expired)");
    }

    private void send(RoutingContext context, Content content) {
        HttpServerResponse response = context.response();
        String tag = "\"" + content.shownName() + "-" + content.size() + "\"";
        response.putHeader("Content-Type", content.type())
                .putHeader("Accept-Ranges", "bytes")
                .putHeader("ETag", tag) // a result never changes
                .putHeader("Cache-Control", "private, max-age=3600")
                .putHeader("Content-Disposition", "inline; filename=\"" + content.shownName() + "\"")
                .putHeader("X-Content-Type-Options", "nosniff");
        if (tag.equals(context.request().getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
            return;
        }
        Optional<ByteRange> range = range(context, tag, content.size());
        ByteRange part = range.orElse(new ByteRange(0, content.size() - 1));
        if (range.isPresent()) {
            response.setStatusCode(206)
                    .putHeader("Content-Range", "bytes " + part.first() + "-" + part.last() + "/" + content.size());
        }
        if (HttpMethod.HEAD.equals(context.request().method())) {
            response.putHeader("Content-Length", String.valueOf(part.length())).end();
            return;
        }
        if (content.here()) {
            // Once it is open, it is sent to its end, also when it is removed meanwhile.
            response.sendFile(content.file().toString(), part.first(), part.length())
                    .onFailure(failure -> failed(context, failure));
        } else {
            response.putHeader("Content-Length", String.valueOf(part.length()));
            answers.remote(
                    context,
                    () -> jobs.files()
                            .open(content.id(), content.name(), part.first(), part.last())
                            .orElseThrow(ContentRoute::removed),
                    failure -> failed(context, failure));
        }
    }

    private static void failed(RoutingContext context, Throwable failure) {
        HttpServerResponse response = context.response();
        if (response.closed()) {
            return;
        }
        if (!response.headWritten()) {
            List.of("ETag", "Cache-Control", "Content-Range", "Content-Disposition", "Accept-Ranges", "Content-Length")
                    .forEach(response.headers()::remove);
        }
        boolean gone = failure instanceof FileNotFoundException || failure instanceof NoSuchFileException;
        context.fail(gone ? removed() : failure);
    }

    private static Optional<ByteRange> range(RoutingContext context, String tag, long size) {
        String header = context.request().getHeader("Range");
        String condition = context.request().getHeader("If-Range");
        if (header == null || (condition != null && !condition.equals(tag))) {
            return Optional.empty();
        }
        try {
            return ByteRange.parse(header, size);
        } catch (ApiException e) {
            context.response().putHeader("Content-Range", "bytes */" + size);
            throw e;
        }
    }
}
