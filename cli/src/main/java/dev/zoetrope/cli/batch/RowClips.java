package dev.zoetrope.cli.batch;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The clips that the rows of a batch make, for rows that take them up: promised first, and then made or failed. */
public final class RowClips {
    private final Path folder;
    private final Map<Path, RowClip> clips = new LinkedHashMap<>();
    private final Map<Path, Integer> named = new LinkedHashMap<>();

    /** What has become of a clip. */
    public enum State {
        PROMISED,
        MADE,
        FAILED
    }

    /**
     * A row's clip.
     *
     * @param row its number
     * @param name as rows write it, relative to the batch's folder
     * @param file where it is or will be
     * @param state what has become of it
     */
    public record RowClip(int row, String name, Path file, State state) {}

    /**
     * @param folder that the clips are in
     * @param rows all of them; what one makes is known when it is promised, but some say its name
     */
    public RowClips(Path folder, List<BatchRow> rows) {
        this.folder = folder;
        for (BatchRow row : rows) {
            row.output().flatMap(this::target).ifPresent(file -> named.putIfAbsent(key(file), row.number()));
        }
    }

    /** The folder that the clips are in. */
    public Path folder() {
        return folder;
    }

    /** What an earlier row makes under that name. */
    public Optional<RowClip> before(int row, Path file) {
        return Optional.ofNullable(clips.get(key(file))).filter(clip -> clip.row() < row);
    }

    /** What earlier rows make. */
    public List<RowClip> before(int row) {
        return clips.values().stream().filter(clip -> clip.row() < row).toList();
    }

    /** A later row that says it makes a file of that name. */
    public OptionalInt after(int row, Path file) {
        Integer found = named.get(key(file));
        return found == null || found <= row ? OptionalInt.empty() : OptionalInt.of(found);
    }

    /** Says what has become of the clip of a row. */
    public void put(int row, String name, State state) {
        target(name).ifPresent(file -> clips.put(key(file), new RowClip(row, name, file, state)));
    }

    /**
     * A clip that was made under another name by an earlier batch.
     *
     * @param name as this batch would name it
     */
    void made(int row, String name, String otherName) {
        target(name)
                .ifPresent(file -> clips.put(key(file), new RowClip(row, name, folder.resolve(otherName), State.MADE)));
    }

    private Optional<Path> target(String name) {
        try {
            return Optional.of(folder.resolve(name));
        } catch (java.nio.file.InvalidPathException _) {
            return Optional.empty();
        }
    }

    private static Path key(Path file) {
        return file.toAbsolutePath().normalize();
    }
}
