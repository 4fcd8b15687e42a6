package dev.zoetrope.server.http;

import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoFolder;
import dev.zoetrope.server.job.VideoStatus;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code GET /v1/videos/{id}/content}: the files of a video that is done, whole or in part. */
final class ContentRoute {
    private final Answers answers;
    private final Jobs jobs;

    ContentRoute(Answers answers, Jobs jobs) {
        this.answers = answers;
        this.jobs = jobs;
    }

    private record Content(Path file, String type, String name, long size) {}

    void get(RoutingContext context) {
        String variant =
                Optional.ofNullable(context.request().getParam("variant")).orElse("video");
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(context, () -> find(id, owner, variant), content -> send(context, content));
    }

    private Content find(String id, Optional<String> owner, String variant) throws IOException {
        Video video = jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id));
        VideoFolder folder = jobs.folder(id);
        Content content = switch (variant) {
            case "video" -> content(folder.video(), "video/mp4");
            case "thumbnail" -> content(folder.thumbnail(), "image/png");
            case "spritesheet" -> content(folder.spriteSheet(), "image/png");
            default ->
                throw ApiException.field(
                        "variant",
                        "variant: expected video, thumbnail or spritesheet, found '"
                                + variant.substring(0, Math.min(variant.length(), 64)) + "'");
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
        if (!Files.isRegularFile(content.file())) {
            throw new ApiException(
                    404,
                    null,
                    "not_found",
                    "content: expected the video's file, found none (it was removed from the" + " data folder)");
        }
        return new Content(content.file(), content.type(), id + "-" + content.name(), Files.size(content.file()));
    }

    private static Content content(Path file, String type) {
        return new Content(file, type, String.valueOf(file.getFileName()), 0);
    }

    private static void send(RoutingContext context, Content content) {
        HttpServerResponse response = context.response();
        String tag = "\"" + content.name() + "-" + content.size() + "\"";
        response.putHeader("Content-Type", content.type())
                .putHeader("Accept-Ranges", "bytes")
                .putHeader("ETag", tag) // a result never changes
                .putHeader("Cache-Control", "private, max-age=3600")
                .putHeader("Content-Disposition", "inline; filename=\"" + content.name() + "\"")
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
        response.sendFile(content.file().toString(), part.first(), part.length())
                .onFailure(failure -> {
                    if (!response.closed()) {
                        context.fail(failure);
                    }
                });
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
