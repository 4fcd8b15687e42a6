package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The keys that clients may use, held as SHA-256 alone. Immutable. */
public final class ApiKeys {
    /** The environment variable that keys can be in, separated by commas or blanks. */
    public static final String VARIABLE = "ZOETROPE_API_KEYS";

    /* A random key of this length cannot be guessed, so a plain hash is enough: slow ones protect words that people
     * choose, and would let a client keep a processor busy with wrong keys. */
    private static final int SHORTEST_KEY = 16;

    private static final String HASH_MARK = "sha256:";
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private final List<byte[]> hashes;

    private ApiKeys(List<byte[]> hashes) {
        this.hashes = List.copyOf(hashes);
    }

    /** No keys: nobody is asked for one. */
    public static ApiKeys none() {
        return new ApiKeys(List.of());
    }

    /** These keys, each as it is or as {@code sha256:} and 64 hexadecimal digits. */
    public static ApiKeys of(List<String> keys) {
        return new ApiKeys(keys.stream().map(ApiKeys::read).toList());
    }

    /** Keys of a file, one a line; empty lines and those that begin with # are left out. */
    public static ApiKeys ofFile(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new RequestException(
                    "API keys: expected a text file with a key on each line, found none at " + file + " ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
        List<String> keys = lines.stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        if (keys.isEmpty()) {
            throw new RequestException("API keys: expected a key on each line, found none in " + file);
        }
        return of(keys);
    }

    /** Keys of an environment variable's value; none when it is blank. */
    public static ApiKeys ofVariable(String value) {
        return of(Pattern.compile("[,\\s]+")
                .splitAsStream(value)
                .filter(key -> !key.isEmpty())
                .toList());
    }

    /** These and others. */
    public ApiKeys and(ApiKeys others) {
        List<byte[]> all = new ArrayList<>(hashes);
        all.addAll(others.hashes);
        return new ApiKeys(all);
    }

    public boolean isEmpty() {
        return hashes.isEmpty();
    }

    /** The hash of a key that is one of these, by which its owner's videos are known; empty for any other. */
    public Optional<String> owner(String key) {
        byte[] hash = sha256(key);
        boolean known = false;
        for (byte[] candidate : hashes) {
            // All are compared, each in constant time: how long it takes tells nothing.
            known |= MessageDigest.isEqual(candidate, hash);
        }
        return known ? Optional.of(HexFormat.of().formatHex(hash)) : Optional.empty();
    }

    private static byte[] read(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        if (lower.startsWith(HASH_MARK)) {
            String digits = lower.substring(HASH_MARK.length());
            if (!HASH.matcher(digits).matches()) {
                throw new RequestException("API keys: expected 64 hexadecimal digits after " + HASH_MARK + ", found "
                        + digits.length() + " characters");
            }
            return HexFormat.of().parseHex(digits);
        }
        if (key.length() < SHORTEST_KEY) {
            throw new RequestException("API keys: expected at least " + SHORTEST_KEY + " characters, found "
                    + key.length() + " (openssl rand -hex 32 makes one)");
        }
        return sha256(key);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
