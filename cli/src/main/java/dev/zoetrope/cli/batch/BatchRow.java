package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One row of a batch file.
 *
 * @param number from 1, as a reader counts the rows (a CSV's header is not one)
 * @param fields field name, as an option is called without its dashes, to value; none is null
 * @param problem why the row cannot be read, in one line; such a row has no fields
 */
public record BatchRow(int number, SortedMap<String, JsonNode> fields, Optional<String> problem) {
    public BatchRow {
        fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    static BatchRow of(int number, Map<String, JsonNode> fields) {
        return new BatchRow(number, new TreeMap<>(fields), Optional.empty());
    }

    static BatchRow unreadable(int number, String problem) {
        return new BatchRow(number, new TreeMap<>(), Optional.of(problem));
    }

    /** The name of its clip, if it says one. */
    Optional<String> output() {
        return Optional.ofNullable(fields.get("output")).map(JsonNode::asText);
    }

    /**
     * What this row asks for, as a hash: rows keep their results when others are put in or taken out between two runs.
     *
     * @param defaults what the batch gives to every row
     * @param contents of the files the row names, as hashes: a row whose inputs are others now is another one
     */
    String fingerprint(String defaults, List<String> contents) {
        MessageDigest digest = FileContent.sha256();
        update(digest, defaults);
        fields.forEach((name, value) -> {
            update(digest, name);
            update(digest, value.isContainerNode() ? value.toString() : value.asText());
        });
        contents.forEach(content -> update(digest, content));
        return HexFormat.of().formatHex(digest.digest()).substring(0, 32);
    }

    /** The length first, so that no two lists of texts give the same bytes. */
    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }
}
