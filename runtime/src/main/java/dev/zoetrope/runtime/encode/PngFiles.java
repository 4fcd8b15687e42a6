package dev.zoetrope.runtime.encode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.bytedeco.ffmpeg.avcodec.AVPacket;

/**
 * One PNG file a frame, with the tags as text chunks in each. The files get their names together at the end, in order;
 * if one cannot be renamed, those already renamed are deleted again.
 */
final class PngFiles implements PacketSink {
    /** Signature and header chunk; text chunks may follow them (PNG specification, sections 5.2 and 5.6). */
    private static final int HEADER_BYTES = 8 + 25;

    private final Path named;
    private final PngTarget target;
    private final ByteBuffer text;
    private final List<PendingFile> files = new ArrayList<>();

    PngFiles(Path named, Map<String, String> metadata) {
        this.named = named;
        this.target = PngTarget.of(named);
        this.text = ByteBuffer.wrap(textChunks(metadata));
    }

    @Override
    public void write(AVPacket packet) throws IOException {
        if (!files.isEmpty() && !target.isSequence()) {
            throw PngTarget.stillForClip(named);
        }
        PendingFile file = PendingFile.create(target.file(files.size()));
        files.add(file);
        ByteBuffer png = packet.data().capacity(packet.size()).asByteBuffer();
        try (FileChannel channel = FileChannel.open(file.temporary(), StandardOpenOption.WRITE)) {
            writeFully(channel, png.duplicate().limit(HEADER_BYTES));
            writeFully(channel, text.duplicate());
            writeFully(channel, png.duplicate().position(HEADER_BYTES));
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void finish() throws IOException {
        List<Path> settled = new ArrayList<>();
        try {
            for (int index = 0; index < files.size(); index++) {
                files.get(index).settle();
                settled.add(target.file(index));
            }
        } catch (IOException e) {
            for (Path path : settled) {
                Files.deleteIfExists(path);
            }
            throw e;
        }
    }

    @Override
    public void close() {
        files.forEach(PendingFile::close);
    }

    /** {@code tEXt} where Latin-1 is enough, {@code iTXt} (UTF-8) where it is not. */
    private static byte[] textChunks(Map<String, String> metadata) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        CharsetEncoder latin = StandardCharsets.ISO_8859_1.newEncoder();
        metadata.forEach((key, value) -> {
            if (latin.canEncode(value)) {
                chunk(chunks, "tEXt", (key + "\0" + value).getBytes(StandardCharsets.ISO_8859_1));
            } else {
                // keyword, 0, not compressed, method 0, no language, no translated keyword, text
                chunk(chunks, "iTXt", (key + "\0\0\0\0\0" + value).getBytes(StandardCharsets.UTF_8));
            }
        });
        return chunks.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream to, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        ByteBuffer bytes = ByteBuffer.allocate(data.length + 12);
        bytes.putInt(data.length).put(name).put(data).putInt((int) checksum.getValue());
        to.writeBytes(bytes.array());
    }
}
