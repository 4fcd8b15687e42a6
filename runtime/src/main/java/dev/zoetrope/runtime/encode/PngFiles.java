package dev.zoetrope.runtime.encode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVPacket;

/**
 * One PNG file a frame, with the tags as text chunks in each. The files get their names together at the end, in order;
 * if one cannot be renamed, those already renamed are deleted again.
 */
final class PngFiles implements PacketSink {
    private final Path named;
    private final PngTarget target;
    private final ByteBuffer text;
    private final List<PendingFile> files = new ArrayList<>();

    PngFiles(Path named, Map<String, String> metadata) {
        this.named = named;
        this.target = PngTarget.of(named);
        this.text = ByteBuffer.wrap(PngText.chunks(metadata));
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
            writeFully(channel, png.duplicate().limit(PngText.HEADER_BYTES));
            writeFully(channel, text.duplicate());
            writeFully(channel, png.duplicate().position(PngText.HEADER_BYTES));
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
}
