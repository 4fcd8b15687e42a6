package dev.zoetrope.graph.weight;

import dev.zoetrope.graph.UnreadableFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Which file of a folder holds the weights, by the names that diffusers and transformers give. */
final class WeightFiles {
    private static final String FILE = ".safetensors";
    private static final Pattern INDEX = Pattern.compile(".*\\.safetensors\\.index(\\.[^.]+)?\\.json");
    private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-\\d{5}(\\.[^.]+)?\\.safetensors");

    private WeightFiles() {}

    /** An index or a single file; those of a variant come after those of none. */
    static Path find(Path folder) {
        List<Path> indexes = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        List<Path> shards = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path file : stream) {
                String name = nameOf(file);
                if (INDEX.matcher(name).matches()) {
                    indexes.add(file);
                } else if (SHARD.matcher(name).matches()) {
                    shards.add(file);
                } else if (name.endsWith(FILE)) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw unreadable(folder, "a readable folder of weights", e);
        }
        for (List<Path> choice : List.of(
                withVariant(indexes, false),
                withVariant(files, false),
                withVariant(indexes, true),
                withVariant(files, true))) {
            if (choice.size() == 1) {
                return choice.getFirst();
            }
            if (choice.size() > 1) {
                throw WeightException.of(
                        folder,
                        "weights",
                        "one *.safetensors or one *.safetensors.index.json",
                        String.join(
                                " and ",
                                choice.stream()
                                        .map(WeightFiles::nameOf)
                                        .sorted()
                                        .toList()));
            }
        }
        throw WeightException.of(
                folder,
                "weights",
                "one *.safetensors or one *.safetensors.index.json",
                shards.isEmpty() ? "none" : shards.size() + " shards without an index (copy it, too)");
    }

    /** {@code model.fp16.safetensors} and {@code model.safetensors.index.fp16.json} are of a variant. */
    private static List<Path> withVariant(List<Path> files, boolean wanted) {
        return files.stream()
                .filter(file -> {
                    String name =
                            nameOf(file).replace(FILE, "").replace(".index", "").replace(".json", "");
                    return name.contains(".") == wanted;
                })
                .toList();
    }

    /** The error for a file that cannot be opened, which says where a link goes wrong. */
    static WeightException unreadable(Path file, String expected, IOException cause) {
        return new WeightException(
                WeightException.printable(
                        file + ": expected " + expected + ", found " + UnreadableFile.found(file, cause)),
                cause);
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName());
    }
}
