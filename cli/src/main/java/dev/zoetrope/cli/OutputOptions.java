package dev.zoetrope.cli;

import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what kind of file is written; a row of a batch file has them as fields too. */
final class OutputOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = {
                "The clip; its extension says the format: .mp4, .webm, .mkv, .gif, .webp, frames-%%05d.png.",
                "Without it a name is made: of prompt and seed, or after the clip that is edited."
            })
    private @Nullable String output;

    @Option(
            names = "--format",
            paramLabel = "EXT",
            description = "Format, if the name does not say it: mp4, webm, mkv, gif, webp or png.")
    private @Nullable String format;

    @Option(
            names = "--codec",
            paramLabel = "NAME",
            description = "Codec inside .mp4, .webm and .mkv: h264, vp9 or av1; h264-nvenc on an NVIDIA GPU.")
    private @Nullable String codec;

    @Option(
            names = "--keep-latents",
            description = "Also write the clip's latents to FILE.latents.safetensors, so that edits lose nothing.")
    private boolean keepLatents;

    boolean keepLatents() {
        return keepLatents;
    }

    /** The name that was given, or another, with the extension that was asked for, or else its own. */
    Path nameOr(String stem, String extension) {
        if (output == null) {
            return Path.of(stem + extensionOr(extension));
        }
        try {
            return Path.of(output);
        } catch (InvalidPathException e) {
            throw new RequestException(
                    "--output: expected a file name, found '" + output + "' (" + e.getReason() + ")", e);
        }
    }

    boolean hasName() {
        return output != null;
    }

    /** The format of a file of that name. */
    OutputFormat formatOf(Path file) {
        Path name = format == null ? file : Path.of("clip" + extension());
        return codec == null ? OutputFormat.forPath(name) : OutputFormat.forPath(name, codec);
    }

    /** Whether a folder may take the clip, as numbered pictures. */
    boolean takesFolder() {
        return format != null && extension().equals(".png");
    }

    /** The extension that was asked for, with its dot, or else another. */
    String extensionOr(String fallback) {
        return format == null ? fallback : extension();
    }

    private String extension() {
        if (format == null) {
            return ".mp4";
        }
        String plain = format.strip().toLowerCase(Locale.ROOT);
        return plain.startsWith(".") ? plain : "." + plain;
    }
}
