package dev.zoetrope.parity;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The Wan folders that parity tests run over: those committed under {@code golden/wan}, and those that the environment variable
 * {@code ZOETROPE_TEST_WAN} names. Each of its paths is such a folder or holds some; several are separated as in {@code PATH}.
 */
final class WanFolders {
    static final String VARIABLE = "ZOETROPE_TEST_WAN";

    private WanFolders() {}

    /** Every folder, in a fixed order. */
    static List<WanFolder> all() {
        List<WanFolder> folders = new ArrayList<>();
        URL committed = WanFolders.class.getResource("/golden/wan");
        if (committed != null) {
            folders.addAll(under(pathOf(committed)));
        }
        String others = System.getenv(VARIABLE);
        if (others != null && !others.isBlank()) {
            for (String place : others.split(File.pathSeparator, -1)) {
                List<WanFolder> found = under(Path.of(place));
                if (found.isEmpty()) {
                    throw new IllegalStateException(
                            VARIABLE + ": expected folders with a model_index.json, found none at " + place);
                }
                folders.addAll(found);
            }
        }
        return folders;
    }

    /** The folders with a recording of a stage. */
    static List<WanFolder> recording(String stage) {
        return all().stream().filter(folder -> folder.recorded(stage)).toList();
    }

    private static List<WanFolder> under(Path place) {
        if (isModel(place)) {
            return List.of(new WanFolder(place));
        }
        try (Stream<Path> inside = Files.list(place)) {
            return inside.filter(WanFolders::isModel)
                    .sorted()
                    .map(WanFolder::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(place.toString(), e);
        }
    }

    private static boolean isModel(Path place) {
        return Files.isRegularFile(place.resolve("model_index.json"));
    }

    private static Path pathOf(URL url) {
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
