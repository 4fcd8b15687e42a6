package dev.zoetrope.cli;

import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the words and file names mean that a command was given: on a command line files are there and named from the
 * current folder; in a batch they are named from its own, and may be what an earlier row makes.
 */
interface Inputs {
    /**
     * The prompt that an argument stands for.
     *
     * @param argument null if there is none, which is refused
     */
    String prompt(@Nullable String argument);

    /** The clip that an argument means, if it means one and not a prompt; nothing is known of it yet. */
    Optional<Path> clipNamed(String argument);

    /** Whether there is a file of that name. */
    boolean exists(Path named);

    /**
     * Where a picture is; refuses what is none.
     *
     * @param what begins the refusal: the name of the argument
     */
    Path picture(String what, Path named);

    /** Where a clip of at least two frames is; refuses what is none. */
    Path clip(String what, Path named);

    /** Where a picture or clip is; refuses what is neither. */
    Path media(String what, Path named);

    /** Where a file of any other kind is, which its reader may find missing. */
    Path file(Path named);

    /** Whether a file is there already. What is not was promised, and is a clip or picture as its name says. */
    boolean isThere(Path file);

    /** Whether a file that {@link #media} found is a picture. */
    boolean isPicture(Path file);

    /** What a clip or picture was made from, if it says so. */
    Optional<RenderRequest> requestOf(Path file);

    /** The same, with files named from another folder. */
    Inputs from(Path folder);
}
