package dev.zoetrope.cli;

import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.cli.batch.RowClips;
import dev.zoetrope.cli.batch.RowClips.RowClip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a row of a batch means. A file is what an earlier row makes under that name, in the batch's output folder, or else
 * one in the folder of the batch's file. A clip that is promised and not made yet is taken to be what its row says.
 * Prompts are the text itself.
 */
final class RowInputs implements Inputs {
    private final BatchRow row;
    private final InputFiles files;
    private final Path folder;
    private final RowClips clips;
    private final Map<Integer, RenderRequest> requests;
    private final Set<Path> used;
    private final Set<Path> promised;

    /**
     * @param files what files are looked at with
     * @param folder that of the batch's file
     * @param clips what earlier rows make
     * @param requests of earlier rows, by their numbers
     */
    RowInputs(BatchRow row, InputFiles files, Path folder, RowClips clips, Map<Integer, RenderRequest> requests) {
        this(row, files, folder, clips, requests, new LinkedHashSet<>(), new LinkedHashSet<>());
    }

    private RowInputs(
            BatchRow row,
            InputFiles files,
            Path folder,
            RowClips clips,
            Map<Integer, RenderRequest> requests,
            Set<Path> used,
            Set<Path> promised) {
        this.row = row;
        this.files = files;
        this.folder = folder;
        this.clips = clips;
        this.requests = requests;
        this.used = used;
        this.promised = promised;
    }

    /** The files that were asked for and are there. */
    Set<Path> used() {
        return used;
    }

    /** Whether one was asked for that is not made yet. */
    boolean waits() {
        return !promised.isEmpty();
    }

    @Override
    public String prompt(@Nullable String argument) {
        return PromptSource.checked(argument == null ? "" : argument, "the field prompt");
    }

    /** The field that an argument came from says what is meant. */
    @Override
    public Optional<Path> clipNamed(String argument) {
        return row.fields().containsKey("clip") ? Optional.of(path("clip", argument)) : Optional.empty();
    }

    @Override
    public boolean exists(Path named) {
        return ofEarlierRow(named).isPresent() || Files.exists(folder.resolve(named));
    }

    @Override
    public Path picture(String what, Path named) {
        String field = fieldOf(what);
        Path file = find(field, "a picture", named);
        return isThere(file) ? files.picture(field, file) : file;
    }

    @Override
    public Path clip(String what, Path named) {
        String field = fieldOf(what);
        Path file = find(field, "a clip", named);
        return isThere(file) ? files.clip(field, file) : file;
    }

    @Override
    public Path media(String what, Path named) {
        String field = fieldOf(what);
        Path file = find(field, "a clip or picture", named);
        return isThere(file) ? files.media(field, file) : file;
    }

    @Override
    public Path file(Path named) {
        return find("file", "a file", named);
    }

    @Override
    public boolean isThere(Path file) {
        return !promised.contains(file);
    }

    /** Of what is not there yet, the name tells: clips are not kept in a single file of that kind. */
    @Override
    public boolean isPicture(Path file) {
        return isThere(file)
                ? files.isPicture(file)
                : file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
    }

    @Override
    public Optional<RenderRequest> requestOf(Path file) {
        return isThere(file)
                ? files.madeBy(file).map(ClipRecord::request)
                : clips.before(row.number(), file).map(clip -> requests.get(clip.row()));
    }

    @Override
    public Inputs from(Path other) {
        return new RowInputs(row, files, other, clips, requests, used, promised);
    }

    /** Where a file is or will be; refuses what nobody makes. */
    private Path find(String field, String expected, Path named) {
        Optional<RowClip> clip = ofEarlierRow(named);
        if (clip.isPresent()) {
            return take(field, expected, clip.get());
        }
        Path file = folder.resolve(named);
        if (!Files.exists(file)) {
            throw new RequestException(field + ": expected " + expected + ", found no file named " + file
                    + ", and no row before this one makes it" + hint(named));
        }
        used.add(file);
        return file;
    }

    private Path take(String field, String expected, RowClip clip) {
        switch (clip.state()) {
            case PROMISED -> promised.add(clip.file());
            case MADE -> used.add(clip.file());
            case FAILED ->
                throw new RequestException(field + ": expected " + expected + " from row " + clip.row() + ", "
                        + clip.name() + ", found that this row failed");
        }
        return clip.file();
    }

    private Optional<RowClip> ofEarlierRow(Path named) {
        return clips.before(row.number(), clips.folder().resolve(named))
                .or(() -> clips.before(row.number(), folder.resolve(named)));
    }

    /** Where it may be instead. */
    private String hint(Path named) {
        OptionalInt later = clips.after(row.number(), clips.folder().resolve(named));
        if (later.isPresent()) {
            return " (row " + later.getAsInt() + " does: move it up)";
        }
        List<String> names = new ArrayList<>();
        clips.before(row.number()).forEach(clip -> names.add(clip.name()));
        names.addAll(namesBeside(named));
        return NearestName.of(named.toString(), names)
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    /** The files in the folder where the missing one would be, as a row names them. */
    private List<String> namesBeside(Path named) {
        Path parent = named.getParent();
        Path place = parent == null ? folder : folder.resolve(parent);
        try (Stream<Path> found = Files.list(place.toAbsolutePath())) {
            return found.map(file -> named.resolveSibling(file.getFileName()).toString())
                    .sorted()
                    .toList();
        } catch (IOException _) {
            return List.of(); // nothing to suggest
        }
    }

    private static Path path(String field, String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new RequestException(
                    field + ": expected a file name, found '" + name + "' (" + e.getReason() + ")", e);
        }
    }

    /** Arguments are refused by their fields' names. */
    private static String fieldOf(String what) {
        return what.replaceFirst("^--", "").toLowerCase(Locale.ROOT);
    }
}
