package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.error.CheckpointException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the checkpoint of one render up to date without holding up its steps: the step scheduler's thread, which makes the
 * steps of everybody, only copies the state into memory; a thread of its own forces it to the disk. No more than one state is
 * held: while one is being written, or the interval has not passed, steps go by, and the next one after that is kept.
 *
 * <p>Used by one thread at a time.
 */
final class CheckpointWriter implements AutoCloseable {
    private final Checkpointing target;
    private final ByteArrayOutputStream state = new ByteArrayOutputStream();
    private long lastNanos = System.nanoTime();
    private @Nullable Thread writing;
    private volatile @Nullable CheckpointException failure;

    CheckpointWriter(Checkpointing target) {
        this.target = target;
    }

    /**
     * Takes the state, if it is time to; returns at once.
     *
     * @return whether it was taken
     * @throws CheckpointException when the one before could not be written
     */
    boolean offer(Checkpoint.Payload payload) {
        throwFailure();
        long now = System.nanoTime();
        Thread before = writing;
        if ((before != null && before.isAlive())
                || now - lastNanos < target.interval().toNanos()) {
            return false;
        }
        lastNanos = now;
        take(payload);
        writing = Thread.ofPlatform().name("zoetrope-checkpoint").daemon(true).start(this::write);
        return true;
    }

    /**
     * Writes the state, whatever the interval, and returns when it is on the disk.
     *
     * @throws CheckpointException when it cannot be written
     */
    void keep(Checkpoint.Payload payload) {
        close();
        take(payload);
        Checkpoint.write(target, state);
    }

    private void take(Checkpoint.Payload payload) {
        state.reset();
        try {
            payload.write(new DataOutputStream(state));
        } catch (IOException e) {
            throw new IllegalStateException("memory takes all that is written", e);
        }
    }

    private void write() {
        try {
            Checkpoint.write(target, state);
        } catch (CheckpointException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = new CheckpointException("checkpoint " + target.file() + ": cannot be written: " + e, e);
        }
    }

    private void throwFailure() {
        CheckpointException found = failure;
        if (found != null) {
            throw found;
        }
    }

    /**
     * Waits for what is being written, so that nothing appears under the name afterwards.
     *
     * @throws CheckpointException when it could not be written
     */
    @Override
    public void close() {
        Thread last = writing;
        boolean interrupted = false;
        while (last != null && last.isAlive()) {
            try {
                last.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        throwFailure();
    }
}
