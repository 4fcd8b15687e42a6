package dev.zoetrope.graph.weight;

import dev.zoetrope.graph.ir.ElementType;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Writes a checkpoint again with its matrices in 4 or 8 bits, by block and symmetric ({@link QuantizedWeight}); the rest is copied.
 * The result is one safetensors file, opened like any other. A row at a time is in memory.
 */
public final class WeightQuantizer {
    private final int bits;
    private double squaredError;
    private double squaredWeights;

    private WeightQuantizer(int bits) {
        this.bits = bits;
    }

    /**
     * What became of a checkpoint.
     *
     * @param matrices number of those quantised
     * @param bytesBefore of all tensors
     * @param bytesAfter of all tensors
     * @param relativeError root mean square of what rounding changed, over that of the matrices
     */
    public record Result(int matrices, long bytesBefore, long bytesAfter, double relativeError) {}

    /**
     * Quantises a checkpoint. The target appears whole or not at all.
     *
     * @param bits 4 or 8
     * @param chosen which matrices, by name
     * @param target the file to write
     */
    public static Result quantize(WeightSource source, int bits, Predicate<String> chosen, Path target) {
        if (bits != 4 && bits != 8) {
            throw new WeightException("quantisation: expected 4 or 8 bits, found " + bits);
        }
        List<Part> parts = new ArrayList<>();
        for (String name : source.names()) {
            WeightTensor tensor = source.tensor(name);
            if (tensor.sizes().size() == 2 && tensor.type().isFloatingPoint() && chosen.test(name)) {
                long out = tensor.sizes().getFirst();
                long blocks = QuantizedWeight.blocks(tensor.sizes().getLast());
                long blockBytes = (long) QuantizedWeight.BLOCK * bits / Byte.SIZE;
                parts.add(new Part(
                        name, "U8", List.of(out, blocks, blockBytes), out * blocks * blockBytes, tensor, Role.NUMBERS));
                parts.add(new Part(
                        name + QuantizedWeight.SCALE,
                        "F32",
                        List.of(out, blocks),
                        out * blocks * 4,
                        tensor,
                        Role.SCALES));
            } else {
                String type = SafetensorsHeader.nameOf(tensor.type());
                parts.add(new Part(name, type, tensor.sizes(), tensor.byteSize(), tensor, Role.COPY));
            }
        }
        WeightQuantizer quantizer = new WeightQuantizer(bits);
        Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
        try {
            try (OutputStream stream = Files.newOutputStream(unfinished)) {
                stream.write(header(parts));
                for (Part part : parts) {
                    quantizer.write(stream, source, part);
                }
            }
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new WeightException(
                    WeightException.printable(target + ": quantised weights: expected room to write, found " + e), e);
        } finally {
            deleteQuietly(unfinished);
        }
        return new Result(
                Math.toIntExact(
                        parts.stream().filter(part -> part.role == Role.SCALES).count()),
                parts.stream()
                        .filter(part -> part.role != Role.SCALES)
                        .mapToLong(part -> part.from.byteSize())
                        .sum(),
                parts.stream().mapToLong(Part::byteSize).sum(),
                quantizer.squaredWeights == 0 ? 0 : Math.sqrt(quantizer.squaredError / quantizer.squaredWeights));
    }

    private enum Role {
        COPY,
        NUMBERS,
        SCALES
    }

    private record Part(String name, String type, List<Long> sizes, long byteSize, WeightTensor from, Role role) {}

    private static byte[] header(List<Part> parts) {
        List<String> entries = new ArrayList<>();
        long end = 0;
        for (Part part : parts) {
            entries.add("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(part.name(), part.type(), part.sizes(), end, end + part.byteSize()));
            end += part.byteSize();
        }
        byte[] json = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + json.length).order(ByteOrder.LITTLE_ENDIAN);
        return header.putLong(json.length).put(json).array();
    }

    private void write(OutputStream stream, WeightSource source, Part part) throws IOException {
        MemorySegment bytes = source.bytes(part.from());
        if (part.role() == Role.COPY) {
            int chunk = 1 << 20;
            for (long at = 0; at < bytes.byteSize(); at += chunk) {
                stream.write(bytes.asSlice(at, Math.min(chunk, bytes.byteSize() - at))
                        .toArray(ValueLayout.JAVA_BYTE));
            }
            return;
        }
        int in = Math.toIntExact(part.from().sizes().getLast());
        int blocks = Math.toIntExact(QuantizedWeight.blocks(in));
        for (long row = 0; row < part.from().sizes().getFirst(); row++) {
            float[] numbers = row(bytes, part.from().type(), row * in, blocks * QuantizedWeight.BLOCK, in);
            stream.write(part.role() == Role.NUMBERS ? numbers(numbers, blocks) : scales(numbers, blocks));
        }
    }

    /** A row filled up with zeros. */
    private static float[] row(MemorySegment bytes, ElementType type, long first, int length, int in) {
        float[] numbers = new float[length];
        for (int i = 0; i < in; i++) {
            numbers[i] = switch (type) {
                case FLOAT -> bytes.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, first + i);
                case FLOAT16 -> Float.float16ToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, first + i));
                case BFLOAT16 ->
                    Float.intBitsToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, first + i) << Short.SIZE);
                default -> throw new WeightException("quantisation: expected floating-point numbers, found " + type);
            };
        }
        return numbers;
    }

    /**
     * The scale of a block: its largest number, by magnitude, becomes the end of the range that reaches one further, -2^(bits-1),
     * so that it is kept exactly.
     */
    private float scale(float[] row, int block) {
        float largest = 0;
        for (int i = block * QuantizedWeight.BLOCK; i < (block + 1) * QuantizedWeight.BLOCK; i++) {
            if (Math.abs(row[i]) > Math.abs(largest)) {
                largest = row[i];
            }
        }
        return -largest / (1 << (bits - 1));
    }

    private byte[] scales(float[] row, int blocks) {
        ByteBuffer scales = ByteBuffer.allocate(blocks * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < blocks; block++) {
            scales.putFloat(scale(row, block));
        }
        return scales.array();
    }

    private byte[] numbers(float[] row, int blocks) {
        int middle = 1 << (bits - 1);
        byte[] stored = new byte[row.length * bits / Byte.SIZE];
        for (int block = 0; block < blocks; block++) {
            float scale = scale(row, block);
            for (int i = block * QuantizedWeight.BLOCK; i < (block + 1) * QuantizedWeight.BLOCK; i++) {
                int level = scale == 0 ? 0 : Math.clamp(Math.round(row[i] / scale), -middle, middle - 1);
                double error = (double) row[i] - (double) scale * level;
                squaredError += error * error;
                squaredWeights += (double) row[i] * row[i];
                int number = level + middle;
                if (bits == Byte.SIZE) {
                    stored[i] = (byte) number;
                } else {
                    stored[i / 2] |= (byte) (i % 2 == 0 ? number : number << 4);
                }
            }
        }
        return stored;
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(WeightQuantizer.class.getName())
                    .log(System.Logger.Level.DEBUG, "an unfinished file stays", e);
        }
    }
}
