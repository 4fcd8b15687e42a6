package dev.zoetrope.server.job;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file that is read while it is written: readers see how far it is and are told when it grows. The writer never waits
 * for a reader, and each reader goes at its own pace, from the beginning. Thread-safe; one writer.
 */
public final class LiveFile extends OutputStream {
    private final Path path;
    private final FileChannel channel;
    private final Set<Runnable> readers = ConcurrentHashMap.newKeySet();
    private final AtomicLong length = new AtomicLong();
    private volatile State state = State.GROWING;

    /** How it stands with the file. */
    public enum State {
        GROWING,
        WHOLE,
        /** It ends in the middle. */
        BROKEN
    }

    private LiveFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Begins the file anew. */
    static LiveFile create(Path path) throws IOException {
        return new LiveFile(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING));
    }

    public Path path() {
        return path;
    }

    /** Bytes that can be read. Ask for {@link #state()} first: what is whole grows no more. */
    public long length() {
        return length.get();
    }

    public State state() {
        return state;
    }

    /** Calls a reader whenever there is more, and once at the end; on the writer's thread, so it only takes note. */
    public void onChange(Runnable reader) {
        readers.add(reader);
    }

    public void forget(Runnable reader) {
        readers.remove(reader);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, count);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        length.addAndGet(count);
        readers.forEach(Runnable::run);
    }

    /** Says that the file is whole. */
    void complete() {
        end(State.WHOLE);
    }

    /** A file that was not completed ends in the middle. A second call does nothing. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (state == State.GROWING) {
            end(State.BROKEN);
        }
    }

    private void end(State last) {
        state = last;
        readers.forEach(Runnable::run);
    }
}
