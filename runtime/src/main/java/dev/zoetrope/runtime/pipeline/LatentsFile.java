package dev.zoetrope.runtime.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A clip's latents as a safetensors file: one tensor {@code latents [groups, rows, columns, channels]} F32, the clip's
 * record in the metadata. Bit for bit what the sampler made.
 */
public final class LatentsFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LatentsFile() {}

    /** Writes the file whole or not at all. */
    public static void write(Path file, LatentClip clip, String recordJson) {
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("zoetrope", recordJson).put("fps", String.valueOf(clip.fps()));
        ObjectNode tensor = header.putObject("latents");
        tensor.put("dtype", "F32");
        tensor.putArray("shape")
                .add(clip.layout().groups().size())
                .add(clip.layout().rows())
                .add(clip.layout().columns())
                .add(clip.channels());
        tensor.putArray("data_offsets").add(0).add(clip.data().byteSize());
        byte[] text = padded(header.toString());
        try {
            AtomicFile.write(file, output -> {
                output.write(ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(text.length)
                        .array());
                output.write(text);
                DataOutputStream data = new DataOutputStream(output);
                TensorMemory.write(data, clip.data());
                data.flush();
            });
        } catch (IOException e) {
            throw new OutputException(
                    "latents " + file + ": cannot be written: " + AtomicFile.reason(e)
                            + " (name a file in a folder with room that can be written)",
                    e);
        }
    }

    /** The header, filled up with blanks so that the data begins at a multiple of 8 as the format's own writer does. */
    private static byte[] padded(String header) {
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        byte[] filled = new byte[Math.ceilDiv(bytes.length, 8) * 8];
        java.util.Arrays.fill(filled, (byte) ' ');
        System.arraycopy(bytes, 0, filled, 0, bytes.length);
        return filled;
    }
}
