package dev.zoetrope.server.job;

import dev.zoetrope.server.result.S3Results;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The files of all videos: each has a folder, and where results are kept in a bucket, they are only passing through it.
 * Thread-safe; blocks.
 */
public final class VideoFiles implements AutoCloseable {
    private final Path videos;
    private final Optional<S3Results> bucket;
    private final Storage storage;

    VideoFiles(Path videos, Optional<S3Results> bucket, Storage storage) {
        this.storage = storage;
        this.videos = videos;
        this.bucket = bucket;
    }

    /** The folder of a video. */
    public VideoFolder folder(String id) {
        return new VideoFolder(videos.resolve(id));
    }

    /** How many bytes a result has, wherever it is; nothing where there is none. */
    public OptionalLong size(String id, String name) throws IOException {
        try {
            return OptionalLong.of(Files.size(folder(id).path().resolve(name)));
        } catch (NoSuchFileException _) {
            return bucket.isPresent() ? bucket.get().size(id, name) : OptionalLong.empty();
        }
    }

    /** A part of a result that is not in its folder; the caller closes it. Nothing where there is none. */
    public Optional<InputStream> open(String id, String name, long first, long last) {
        return bucket.flatMap(results -> results.open(id, name, first, last));
    }

    /** Copies the video to a file, which then belongs to the caller; false where there is none. */
    public boolean copyVideo(String id, Path target) throws IOException {
        Path here = folder(id).video();
        try {
            Files.copy(here, target, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (NoSuchFileException _) {
            return bucket.isPresent() && bucket.get().fetch(id, String.valueOf(here.getFileName()), target);
        }
    }

    /** Looks whether there is room to go on writing; throws where there is not. */
    void requireRoom() {
        storage.requireReserve();
    }

    /** Brings results from their folder to where they are kept, the video last. */
    void store(String id) {
        bucket.ifPresent(results -> {
            VideoFolder folder = folder(id);
            results.put(id, folder.thumbnail(), "image/png");
            results.put(id, folder.spriteSheet(), "image/png");
            results.put(id, folder.video(), "video/mp4");
        });
    }

    /** Of a video that is completed, what is only needed on the way goes. */
    void clearWork(String id) {
        folder(id).clearWork();
        if (bucket.isPresent()) {
            folder(id).clearResults();
        }
    }

    /** Removes all but what was asked for and how it ended. */
    void clear(String id) {
        folder(id).clear();
        removeResults(id);
    }

    /** Removes everything. */
    void delete(String id) {
        folder(id).delete();
        removeResults(id);
    }

    private void removeResults(String id) {
        VideoFolder folder = folder(id);
        List<String> names = List.of(folder.video(), folder.thumbnail(), folder.spriteSheet()).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .toList();
        bucket.ifPresent(results -> results.delete(id, names));
    }

    @Override
    public void close() {
        bucket.ifPresent(S3Results::close);
    }
}
