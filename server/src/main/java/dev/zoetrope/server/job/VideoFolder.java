package dev.zoetrope.server.job;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of one video.
 *
 * @param path the folder, named after the video
 */
public record VideoFolder(Path path) {
    /** The result; it appears whole, after everything that belongs to it. */
    public Path video() {
        return path.resolve("video.mp4");
    }

    /** Its first frame. */
    public Path thumbnail() {
        return path.resolve("thumbnail.png");
    }

    /** Frames of it in a row. */
    public Path spriteSheet() {
        return path.resolve("spritesheet.png");
    }

    /** The video while it is being decoded. */
    Path live() {
        return path.resolve("live.mp4");
    }

    /** That it was asked for; gone as soon as it is deleted. */
    Path request() {
        return path.resolve("request.json");
    }

    /** From where an interrupted render goes on. */
    Path checkpoint() {
        return path.resolve("checkpoint");
    }

    void create() {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw failed("made", e);
        }
    }

    /** Removes what a killed process was writing, and the live file of the run before. */
    void clearUnfinished() {
        list().stream()
                .filter(file -> file.toString().endsWith(".part") || file.equals(live()))
                .forEach(VideoFolder::delete);
    }

    /** Removes what is of use only on the way; the input stays, for it belongs to the request. */
    void clearWork() {
        delete(checkpoint());
        delete(live());
    }

    /** Removes everything but what was asked for. */
    void clear() {
        list().stream().filter(file -> !file.equals(request())).forEach(VideoFolder::delete);
    }

    /** Says that there is no such video any more; its files may still be in use. */
    void forget() {
        delete(request());
    }

    /** Removes everything. */
    void delete() {
        list().forEach(VideoFolder::delete);
        delete(path);
    }

    private List<Path> list() {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.toList();
        } catch (IOException e) {
            throw failed("listed", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // Not worth a failure: the next start looks for folders without a row.
            System.getLogger(VideoFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "left behind: " + file + " (" + e.getMessage() + ")");
        }
    }

    private OutputException failed(String what, IOException failure) {
        return new OutputException(
                "data folder: expected that " + path.getFileName() + " can be " + what + ", found: "
                        + failure.getMessage(),
                failure);
    }
}
