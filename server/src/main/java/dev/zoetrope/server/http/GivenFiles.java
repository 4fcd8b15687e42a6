package dev.zoetrope.server.http;

import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoFolder;
import dev.zoetrope.server.job.VideoStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/**
 * The pictures and videos that a request brings or names. They are looked at and put into the new video's own folder: what
 * was uploaded goes with its request, and another video may be deleted before the new one has begun.
 */
final class GivenFiles {
    private final Fields fields;
    private final Jobs jobs;
    private final Optional<String> owner;
    private final long mostPixels;

    /** @param owner whose videos may be named */
    GivenFiles(Fields fields, Jobs jobs, Optional<String> owner, long mostPixels) {
        this.fields = fields;
        this.jobs = jobs;
        this.owner = owner;
        this.mostPixels = mostPixels;
    }

    private static String url(String field) {
        return field + "[image_url]";
    }

    private static String id(String field) {
        return field + "[id]";
    }

    /** Whether a picture comes in a field. */
    boolean hasPicture(String field) {
        boolean file = fields.file(field).isPresent();
        boolean url = fields.text(url(field)).isPresent();
        if (file && url) {
            throw ApiException.unfit(field, field + ": expected one picture, found two");
        }
        return file || url;
    }

    /** Keeps the picture of a field, which has to be there, under a name. */
    Path picture(String field, VideoFolder folder, String name) throws IOException {
        Path file = folder.path().resolve(name);
        Optional<Path> upload = fields.file(field);
        if (upload.isPresent()) {
            Files.move(upload.get(), file);
        } else {
            Files.write(file, decoded(url(field)));
        }
        PictureHeader.check(field, file, mostPixels);
        return file;
    }

    private byte[] decoded(String field) {
        String url = fields.text(field).orElseThrow();
        int comma = url.indexOf(',');
        if (!url.startsWith("data:") || comma < 0 || !url.substring(0, comma).endsWith(";base64")) {
            // Fetching an address for a client would let it look into networks that it cannot reach.
            throw ApiException.field(
                    field, "image_url: expected data:image/…;base64,…, found another address (send the file)");
        }
        try {
            return Base64.getDecoder().decode(url.substring(comma + 1));
        } catch (IllegalArgumentException e) {
            throw ApiException.unfit(field, "image_url: expected base64, found: " + e.getMessage());
        }
    }

    /**
     * The video that a field names by its id; empty where it brings one instead.
     *
     * @throws ApiException when it does neither or both, or the video is not there or not completed
     */
    Optional<Video> named(String field) {
        Optional<String> id = fields.text(id(field));
        boolean file = fields.file(field).isPresent();
        if (file == id.isPresent()) {
            throw ApiException.unfit(
                    field, field + ": expected a video, as a file or by its id, found " + (file ? "both" : "neither"));
        }
        return id.map(this::completed);
    }

    /** A completed video of the owner's. */
    Video completed(String id) {
        Video video = jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id));
        if (video.status() != VideoStatus.COMPLETED) {
            throw new ApiException(
                    409,
                    "video_id",
                    "not_ready",
                    "video: expected one that is completed, found it "
                            + video.status().id());
        }
        return video;
    }

    /**
     * Keeps the video of a field under a name.
     *
     * @param named what {@link #named} said
     */
    Path video(String field, Optional<Video> named, VideoFolder folder, String name) throws IOException {
        Path file = folder.path().resolve(name);
        if (named.isPresent()) {
            return copy(named.get(), file);
        }
        Files.move(fields.file(field).orElseThrow(), file);
        VideoHeader.check(field, file);
        return file;
    }

    /** Copies a video's file. */
    Path copy(Video video, Path file) throws IOException {
        if (!jobs.files().copyVideo(video.id(), file)) {
            throw ApiException.noVideo(video.id()); // deleted meanwhile
        }
        return file;
    }
}
