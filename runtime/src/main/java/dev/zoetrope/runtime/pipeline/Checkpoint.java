package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.error.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The state of a render between two steps, as a file: an identity, the request, and the bits of latents, sampler history
 * and noise. Written whole beside its name, forced to disk and renamed, so that a reader finds the old one or the new
 * one, never half of one.
 *
 * <p>Layout, big endian: magic, the identity's four texts, the request as JSON, the payload's length and bytes, and a
 * CRC-32C of all before it.
 */
public final class Checkpoint {
    private static final byte[] MAGIC = "ZOETROPE-CHECKPOINT-1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_TEXT_BYTES = 1 << 20;

    private final String requestJson;
    private final byte[] payload;

    private Checkpoint(String requestJson, byte[] payload) {
        this.requestJson = requestJson;
        this.payload = payload;
    }

    /** The resolved request. */
    public String requestJson() {
        return requestJson;
    }

    /** The bits that the denoise loop wrote. */
    DataInputStream payload() {
        return new DataInputStream(new ByteArrayInputStream(payload));
    }

    /**
     * What has to be equal for a render to continue with identical output.
     *
     * @param modelFingerprint which weights
     * @param libraryHash which native library: another one rounds differently
     * @param provider where the networks run
     * @param softwareVersion version of Zoetrope
     */
    public record Identity(String modelFingerprint, String libraryHash, String provider, String softwareVersion) {}

    /** Writes what the denoise loop keeps. */
    interface Payload {
        void write(DataOutputStream output) throws IOException;
    }

    /** Replaces the file in one step; a crash at any moment leaves the old or the new one. */
    static void write(Checkpointing target, ByteArrayOutputStream state) {
        try {
            AtomicFile.write(target.file(), output -> writeAll(output, target, state));
        } catch (IOException e) {
            throw new CheckpointException(
                    "checkpoint " + target.file() + ": cannot be written: " + AtomicFile.reason(e)
                            + " (name a file in a folder with room that can be written)",
                    e);
        }
    }

    private static void writeAll(OutputStream raw, Checkpointing target, ByteArrayOutputStream state)
            throws IOException {
        CRC32C crc = new CRC32C();
        DataOutputStream output = new DataOutputStream(new CheckedOutputStream(raw, crc));
        output.write(MAGIC);
        Identity identity = target.identity();
        writeText(output, identity.modelFingerprint());
        writeText(output, identity.libraryHash());
        writeText(output, identity.provider());
        writeText(output, identity.softwareVersion());
        writeText(output, target.requestJson());
        output.writeInt(state.size());
        state.writeTo(output);
        output.writeLong(crc.getValue());
        output.flush();
    }

    /**
     * Reads a file.
     *
     * @throws CheckpointException when it is damaged, or when it belongs to another model, library or setting: the
     *     message says which
     */
    public static Checkpoint read(Path file, Identity here) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new CheckpointException("checkpoint: expected a file at " + file + ", found none", e);
        } catch (IOException e) {
            throw new CheckpointException("checkpoint " + file + ": cannot be read: " + AtomicFile.reason(e), e);
        }
        if (bytes.length < MAGIC.length || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new CheckpointException("checkpoint " + file + ": expected a Zoetrope checkpoint, found other bytes");
        }
        int body = bytes.length - Long.BYTES;
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, Math.max(0, body));
        if (body < MAGIC.length || ByteBuffer.wrap(bytes).getLong(body) != crc.getValue()) {
            throw new CheckpointException("checkpoint " + file + ": expected a whole file, found a truncated or altered"
                    + " one (render again from the start)");
        }
        try (DataInputStream input =
                new DataInputStream(new ByteArrayInputStream(bytes, MAGIC.length, body - MAGIC.length))) {
            compare(file, "model", here.modelFingerprint(), readText(input));
            compare(file, "native library", here.libraryHash(), readText(input));
            compare(file, "provider", here.provider(), readText(input));
            compare(file, "Zoetrope version", here.softwareVersion(), readText(input));
            String request = readText(input);
            return new Checkpoint(request, input.readNBytes(input.readInt()));
        } catch (IOException e) {
            throw new CheckpointException("checkpoint " + file + ": expected more bytes, found its end", e);
        }
    }

    private static void compare(Path file, String what, String here, String there) {
        if (!here.equals(there)) {
            throw new CheckpointException("checkpoint " + file + ": expected the same " + what + " as it was written"
                    + " with, " + shortened(there) + ", found " + shortened(here)
                    + " (resume with that one, or render again from the start)");
        }
    }

    private static String shortened(String identity) {
        return identity.length() > 16 ? identity.substring(0, 16) + "…" : identity;
    }

    private static void writeText(DataOutputStream output, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.writeInt(bytes.length);
        output.write(bytes);
    }

    private static String readText(DataInputStream input) throws IOException {
        int length = input.readInt();
        if (length < 0 || length > MAX_TEXT_BYTES) {
            throw new EOFException("a text of " + length + " bytes");
        }
        return new String(input.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** Removes the file of a render whose clip is safe. */
    public static void delete(Path file) {
        AtomicFile.delete(file);
    }
}
