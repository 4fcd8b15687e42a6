package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in lower-case hexadecimal digits. */
final class Sha256 {
    private static final int BUFFER_BYTES = 1 << 18;

    private Sha256() {}

    static String ofText(String text) {
        return hex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    static String ofFile(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return copy(stream, OutputStream.nullOutputStream());
        }
    }

    /** Copies {@code source} to {@code target} and returns the hash of what went by; closes neither. */
    static String copy(InputStream source, OutputStream target) throws IOException {
        MessageDigest digest = digest();
        InputStream hashed = new DigestInputStream(source, digest);
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = hashed.read(buffer); count >= 0; count = hashed.read(buffer)) {
            target.write(buffer, 0, count);
        }
        return hex(digest.digest());
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: expected in every Java platform, found none", e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
