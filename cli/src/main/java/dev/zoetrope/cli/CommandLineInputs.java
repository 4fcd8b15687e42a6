package dev.zoetrope.cli;

import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.RenderRequest;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a command line means.
 *
 * @param files what files are looked at with
 * @param in where the prompt {@code -} is read from
 * @param folder that files are named from
 */
record CommandLineInputs(InputFiles files, InputStream in, Path folder) implements Inputs {
    private static final Pattern CLIP_NAME =
            Pattern.compile("\\S+\\.(mp4|m4v|mov|webm|mkv|avi|gif|webp|png|jpe?g)", Pattern.CASE_INSENSITIVE);

    @Override
    public String prompt(@Nullable String argument) {
        if (argument == null) {
            throw PromptSource.missing();
        }
        return PromptSource.read(argument, in);
    }

    /** A name that ends like a clip's is meant as one, also where there is none: nobody prompts for "ball.mp4". */
    @Override
    public Optional<Path> clipNamed(String argument) {
        try {
            Path named = Path.of(argument);
            return exists(named) || CLIP_NAME.matcher(argument).matches() ? Optional.of(named) : Optional.empty();
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }

    @Override
    public boolean exists(Path named) {
        return Files.exists(file(named));
    }

    @Override
    public Path picture(String what, Path named) {
        return files.picture(what, file(named));
    }

    @Override
    public Path clip(String what, Path named) {
        return files.clip(what, file(named));
    }

    @Override
    public Path media(String what, Path named) {
        return files.media(what, file(named));
    }

    @Override
    public Path file(Path named) {
        return folder.resolve(named);
    }

    @Override
    public boolean isThere(Path file) {
        return true;
    }

    @Override
    public boolean isPicture(Path file) {
        return files.isPicture(file);
    }

    @Override
    public Optional<RenderRequest> requestOf(Path file) {
        return files.madeBy(file).map(ClipRecord::request);
    }

    @Override
    public Inputs from(Path other) {
        return new CommandLineInputs(files, in, other);
    }
}
