package dev.zoetrope.cli.batch;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One row of a batch file.
 *
 * @param number from 1, as a reader counts the rows (a CSV's header is not one)
 * @param fields field name, as an option is called without its dashes, to value
 * @param problem why the row cannot be read, in one line; such a row has no fields
 */
public record BatchRow(int number, SortedMap<String, String> fields, Optional<String> problem) {
    public BatchRow {
        fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    static BatchRow of(int number, Map<String, String> fields) {
        return new BatchRow(number, new TreeMap<>(fields), Optional.empty());
    }

    static BatchRow unreadable(int number, String problem) {
        return new BatchRow(number, new TreeMap<>(), Optional.of(problem));
    }

    /**
     * What this row asks for, as a hash: rows keep their results when others are put in or taken out between two runs.
     *
     * @param defaults what the batch gives to every row
     */
    String fingerprint(String defaults) {
        MessageDigest digest = sha256();
        update(digest, defaults);
        fields.forEach((name, value) -> {
            update(digest, name);
            update(digest, value);
        });
        return HexFormat.of().formatHex(digest.digest()).substring(0, 32);
    }

    /** The length first, so that no two lists of texts give the same bytes. */
    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
