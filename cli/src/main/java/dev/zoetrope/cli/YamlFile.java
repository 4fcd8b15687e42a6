package dev.zoetrope.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads YAML that people write: a name that stands twice, or more after the end, is refused. */
final class YamlFile {
    /** Above this a file is nothing that somebody wrote, but a mistake. */
    private static final int MAX_BYTES = 1 << 20;

    private static final ObjectReader YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);

    private YamlFile() {}

    /**
     * Reads a file.
     *
     * @param what it is, for messages
     * @return a missing node when the file is empty
     * @throws RequestException naming what is wrong and where
     */
    static JsonNode read(String what, Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new RequestException(what + ": expected at most " + MAX_BYTES + " bytes, found more in " + file);
            }
            return parse(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new RequestException(what + ": expected a YAML file, found none named " + file, e);
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new RequestException(
                    what + " " + file + line + ": expected YAML, found: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new RequestException(what + ": expected UTF-8 text, found " + file + " that cannot be read: " + e, e);
        }
    }

    /** Reads YAML, of which JSON is a part. */
    static JsonNode parse(String text) throws JsonProcessingException {
        return YAML.readTree(text);
    }
}
