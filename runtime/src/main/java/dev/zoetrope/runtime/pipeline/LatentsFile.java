package dev.zoetrope.runtime.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ReelLayout;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * A clip's latents as a safetensors file: one tensor {@code latents [latents, rows, columns, channels]} F32, the clip's
 * record, the runs that the latents form, and which files of pixels were made of them in the metadata. Bit for bit what the
 * sampler made.
 */
public final class LatentsFile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_HEADER_BYTES = 1 << 24;

    private LatentsFile() {}

    /**
     * What a file says of itself.
     *
     * @param layout its latents
     * @param channels numbers of one cell
     * @param record what made the clip, as JSON
     * @param clips SHA-256 of the files of pixels that it goes with; empty = it does not say
     */
    public record Header(ReelLayout layout, int channels, String record, List<String> clips) {
        public Header {
            clips = List.copyOf(clips);
        }

        /** Whether it may go with a file. One that does not say which goes with any: before, none did. */
        public boolean goesWith(Supplier<String> digest) {
            return clips.isEmpty() || clips.contains(digest.get());
        }
    }

    /** The file that goes with a clip. */
    public static Path beside(Path clip) {
        return clip.resolveSibling(clip.getFileName() + ".latents.safetensors");
    }

    /**
     * Writes the file whole or not at all.
     *
     * @param clips SHA-256, in hexadecimal digits, of the files of pixels that were made of these latents
     */
    public static void write(Path file, LatentReel reel, String recordJson, Collection<String> clips) {
        ReelLayout layout = reel.layout();
        ObjectNode header = JSON.createObjectNode();
        ObjectNode metadata = header.putObject("__metadata__")
                .put("zoetrope", recordJson)
                .put("fps", String.valueOf(layout.fps()))
                .put("temporal", String.valueOf(layout.temporal()));
        metadata.put("runs", runs(layout.runs()));
        if (!clips.isEmpty()) {
            metadata.put("clip_sha256", String.join(" ", clips));
        }
        ObjectNode tensor = header.putObject("latents");
        tensor.put("dtype", "F32");
        tensor.putArray("shape")
                .add(layout.latents())
                .add(layout.rows())
                .add(layout.columns())
                .add(reel.channels());
        tensor.putArray("data_offsets").add(0).add(reel.data().byteSize());
        byte[] text = padded(header.toString());
        try {
            AtomicFile.write(file, output -> {
                output.write(ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(text.length)
                        .array());
                output.write(text);
                DataOutputStream data = new DataOutputStream(output);
                TensorMemory.write(data, reel.data());
                data.flush();
            });
        } catch (IOException e) {
            throw new OutputException(
                    "latents " + file + ": cannot be written: " + AtomicFile.reason(e)
                            + " (name a file in a folder with room that can be written)",
                    e);
        }
    }

    /** {@code [latents, first frame shown, frames shown, whether it meets the next]} of every run, as JSON. */
    private static String runs(List<RunSpan> runs) {
        var array = JSON.createArrayNode();
        runs.forEach(run -> array.addArray()
                .add(run.latents())
                .add(run.firstFrame())
                .add(run.frames())
                .add(run.meets()));
        return array.toString();
    }

    /**
     * Reads what a file says of itself.
     *
     * @throws OutputException when it is not a file of latents that this class wrote
     */
    public static Header readHeader(Path file) {
        try (InputStream input = Files.newInputStream(file)) {
            return readHeader(file, new DataInputStream(input));
        } catch (IOException e) {
            throw unreadable(file, reason(e), e);
        }
    }

    private static Header readHeader(Path file, DataInputStream input) throws IOException {
        long length = Long.reverseBytes(input.readLong());
        if (length < 2 || length > MAX_HEADER_BYTES) {
            throw unreadable(file, "a header of " + length + " bytes");
        }
        byte[] text = new byte[(int) length];
        input.readFully(text);
        try {
            JsonNode header = JSON.readTree(text);
            JsonNode metadata = header.path("__metadata__");
            JsonNode shape = header.path("latents").path("shape");
            List<RunSpan> runs = new ArrayList<>();
            for (JsonNode run : JSON.readTree(metadata.path("runs").asText("[]"))) {
                runs.add(new RunSpan(
                        run.path(0).asInt(),
                        run.path(1).asInt(),
                        run.path(2).asInt(),
                        run.path(3).asBoolean()));
            }
            ReelLayout layout = new ReelLayout(
                    shape.path(1).asInt(),
                    shape.path(2).asInt(),
                    metadata.path("temporal").asInt(),
                    metadata.path("fps").asDouble(),
                    runs);
            int channels = shape.path(3).asInt();
            check(file, header.path("latents"), layout, channels, Files.size(file) - Long.BYTES - length);
            String clips = metadata.path("clip_sha256").asText("");
            return new Header(
                    layout,
                    channels,
                    metadata.path("zoetrope").asText(""),
                    clips.isBlank() ? List.of() : List.of(clips.strip().split("\\s+")));
        } catch (JsonProcessingException e) {
            throw unreadable(file, e.getOriginalMessage(), e);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw unreadable(file, String.valueOf(e.getMessage()), e);
        }
    }

    /** Whether the tensor is what the runs say and as long as the file, so that no more is allocated than is there. */
    private static void check(Path file, JsonNode tensor, ReelLayout layout, int channels, long dataBytes) {
        if (layout.latents() != tensor.path("shape").path(0).asInt()) {
            throw unreadable(
                    file,
                    "runs of " + layout.latents() + " latents over "
                            + tensor.path("shape").path(0));
        }
        if (!tensor.path("dtype").asText().equals("F32") || channels < 1) {
            throw unreadable(file, channels + " channels of type " + tensor.path("dtype"));
        }
        long cells = Math.multiplyExact((long) layout.latents(), layout.cells());
        long bytes = Math.multiplyExact(Math.multiplyExact(cells, channels), Float.BYTES);
        if (bytes != dataBytes) {
            throw unreadable(file, dataBytes + " bytes of latents where its header says " + bytes);
        }
    }

    /** Reads a file; the caller closes the reel. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    public static LatentReel read(Path file) {
        try (DataInputStream input = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            Header header = readHeader(file, input);
            LatentReel reel = LatentReel.create(header.layout(), header.channels());
            try {
                TensorMemory.read(input, reel.data());
                return reel;
            } catch (IOException | RuntimeException | Error e) {
                reel.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(file, reason(e), e);
        }
    }

    private static String reason(IOException failure) {
        return switch (failure) {
            case EOFException e -> "its end in the header";
            case NoSuchFileException e -> "no file";
            default -> AtomicFile.reason(failure);
        };
    }

    private static OutputException unreadable(Path file, String found, Exception cause) {
        OutputException failure = unreadable(file, found);
        failure.initCause(cause);
        return failure;
    }

    private static OutputException unreadable(Path file, String found) {
        return new OutputException("latents " + file + ": expected what --keep-latents wrote, found: " + found
                + " (delete it, and the clip's own pixels are used)");
    }

    /** The header, filled up with blanks so that the data begins at a multiple of 8 as the format's own writer does. */
    private static byte[] padded(String header) {
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        byte[] filled = new byte[Math.ceilDiv(bytes.length, 8) * 8];
        Arrays.fill(filled, (byte) ' ');
        System.arraycopy(bytes, 0, filled, 0, bytes.length);
        return filled;
    }
}
