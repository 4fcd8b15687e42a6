package dev.zoetrope.graph.weight;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Writes safetensors files for tests: sound ones tensor by tensor, and any header in front of any number of bytes. */
public final class TestSafetensors {
    private final List<String> entries = new ArrayList<>();
    private final Random random = new Random(1);
    private byte[] data = new byte[0];

    /** Adds a tensor of random bytes. */
    public TestSafetensors add(String name, String type, int elementBytes, long... sizes) {
        int bytes = Math.toIntExact(Arrays.stream(sizes).reduce(elementBytes, Math::multiplyExact));
        int begin = data.length;
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        data = Arrays.copyOf(data, begin + bytes);
        System.arraycopy(content, 0, data, begin, bytes);
        entries.add(entry(name, type, Arrays.toString(sizes), begin, data.length));
        return this;
    }

    public Path write(Path file) {
        String header = entries.stream().collect(Collectors.joining(",", "{", "}"));
        return write(file, header.getBytes(StandardCharsets.UTF_8), data);
    }

    /** One entry of a header. */
    static String entry(String name, String type, String sizes, long begin, long end) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + sizes + ",\"data_offsets\":[" + begin + ","
                + end + "]}";
    }

    static Path write(Path file, byte[] header, byte[] data) {
        return write(file, header.length, header, data);
    }

    static Path write(Path file, long statedLength, byte[] header, byte[] data) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(statedLength).put(header).put(data);
        try {
            return Files.write(file, bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
