package dev.zoetrope.parity;

import dev.zoetrope.graph.weight.SafetensorsFile;
import dev.zoetrope.graph.weight.WeightTensor;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * f32 tensors that a script of {@code tests/golden} recorded, and the settings of each case.
 *
 * @param settings what the file's metadata says of a case, as written: {@code key=value} words
 */
record Recording(Map<String, float[]> tensors, Map<String, String> settings) {
    Recording {
        tensors = Map.copyOf(tensors);
        settings = Map.copyOf(settings);
    }

    /** Reads a file under {@code golden/}. */
    static Recording read(String name) {
        URL url = Objects.requireNonNull(Recording.class.getResource("/golden/" + name), name);
        try (SafetensorsFile file = SafetensorsFile.open(Path.of(url.toURI()))) {
            Map<String, float[]> tensors = new HashMap<>();
            for (String tensor : file.names()) {
                WeightTensor weight = file.tensor(tensor);
                tensors.put(tensor, file.bytes(weight).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            }
            Map<String, String> settings = new HashMap<>();
            file.metadata().getOrDefault("cases", "").lines().forEach(line -> {
                int space = line.indexOf(' ');
                settings.put(line.substring(0, space), line.substring(space + 1));
            });
            return new Recording(tensors, settings);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    float[] floats(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    /** The settings of a case by key. */
    Map<String, String> settings(String name) {
        Map<String, String> byKey = new HashMap<>();
        for (String word : Objects.requireNonNull(settings.get(name), name).split(" ")) {
            int equals = word.indexOf('=');
            byKey.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return byKey;
    }
}
