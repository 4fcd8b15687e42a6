package dev.zoetrope.server.job;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of one video.
 *
 * @param path the folder, named after the video
 */
public record VideoFolder(Path path) {
    private static final String WORK = "run-";

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

    /** How it ended. */
    Path end() {
        return path.resolve("end.json");
    }

    /** From where an interrupted render goes on. */
    Path checkpoint() {
        return path.resolve("checkpoint");
    }

    /**
     * Where one run of its job works: a worker that is taken for dead, and is not, may go on beside the one that took the job
     * over, and neither may write into the other's files.
     */
    VideoFolder work(long run) {
        return new VideoFolder(path.resolve(WORK + run));
    }

    /** The newest checkpoint that a run left. */
    Optional<Path> lastCheckpoint() {
        return list().stream()
                .filter(VideoFolder::isWork)
                .filter(file -> Files.exists(new VideoFolder(file).checkpoint()))
                .max(Comparator.comparingLong(VideoFolder::runOf))
                .map(file -> new VideoFolder(file).checkpoint());
    }

    private static boolean isWork(Path file) {
        return String.valueOf(file.getFileName()).matches(WORK + "\\d{1,18}");
    }

    private static long runOf(Path work) {
        return Long.parseLong(String.valueOf(work.getFileName()).substring(WORK.length()));
    }

    /** Takes over what a run made, the video last; each appears whole. */
    void publish(VideoFolder work) throws IOException {
        move(work.thumbnail(), thumbnail());
        move(work.spriteSheet(), spriteSheet());
        move(work.video(), video());
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A message as everybody may see it: in one line, and with the names of files alone. */
    String shown(String message) {
        return message.replace(path + "/", "").replaceAll("\\s*\\R\\s*", " ");
    }

    void create() {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw failed("made", e);
        }
    }

    /** Removes what earlier runs left, but the newest checkpoint. */
    void clearUnfinished() {
        Optional<Path> kept = lastCheckpoint();
        list().stream().filter(VideoFolder::isWork).map(VideoFolder::new).forEach(work -> {
            if (kept.isEmpty() || !kept.get().equals(work.checkpoint())) {
                work.delete();
            }
        });
    }

    /** Removes what is of use only on the way; the input stays, for it belongs to the request. */
    void clearWork() {
        list().stream().filter(VideoFolder::isWork).forEach(VideoFolder::delete);
    }

    /** How large its files are, without what is of use only on the way. */
    long bytes() {
        return list().stream()
                .filter(Files::isRegularFile)
                .mapToLong(file -> file.toFile().length())
                .sum();
    }

    /** Removes results, which are kept elsewhere. */
    void clearResults() {
        delete(video());
        delete(thumbnail());
        delete(spriteSheet());
    }

    /**
     * Removes everything but what was asked for and how it ended, which may be in writing at this moment: the run of a
     * cancelled video tidies up while the one who cancelled writes it down.
     */
    void clear() {
        list().stream()
                .filter(file -> !isPartOf(file, request()) && !isPartOf(file, end()))
                .forEach(VideoFolder::delete);
    }

    /** The file itself, or what is to be renamed to it. */
    private static boolean isPartOf(Path file, Path whole) {
        return String.valueOf(file.getFileName()).startsWith(String.valueOf(whole.getFileName()));
    }

    /** Says that there is no such video any more; its files may still be in use. */
    void forget() {
        delete(request());
    }

    /** Removes everything. */
    void delete() {
        delete(path);
    }

    private List<Path> list() {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.toList();
        } catch (NoSuchFileException _) {
            return List.of(); // removed in this moment
        } catch (IOException e) {
            throw failed("listed", e);
        }
    }

    private static void delete(Path file) {
        try {
            if (Files.isDirectory(file)) {
                new VideoFolder(file).list().forEach(VideoFolder::delete);
            }
            Files.deleteIfExists(file);
        } catch (IOException | OutputException e) {
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
