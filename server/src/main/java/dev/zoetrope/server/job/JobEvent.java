package dev.zoetrope.server.job;

import java.time.Duration;
import java.util.Optional;

/**
 * Something that happened to a job. Each has a place in the order in which things happen to a job, so that one that
 * arrives late is known to be old.
 */
public sealed interface JobEvent {
    /** As clients are told. */
    String name();

    /** Later events have larger ones. */
    long place();

    /** For the database, from which other servers read it; what it cannot say in short is left out. */
    default String toText() {
        return "";
    }

    /** The opposite of {@link #toText}. */
    static JobEvent ofText(String text, int percent) {
        String[] words = text.split(" ", -1);
        return switch (words[0]) {
            case "step" ->
                new Step(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Double.parseDouble(words[3]), percent);
            case "frame" ->
                new Decoded(
                        Integer.parseInt(words[1]), Integer.parseInt(words[2]), Double.parseDouble(words[3]), percent);
            default -> new Started(percent);
        };
    }

    /** Whether nothing comes after it. */
    default boolean isLast() {
        return false;
    }

    /**
     * It waits.
     *
     * @param position in the queue, from 1
     * @param startsIn about how long until it is begun; empty where that is not known
     */
    record Queued(int position, Optional<Duration> startsIn) implements JobEvent {
        @Override
        public String name() {
            return "queued";
        }

        @Override
        public long place() {
            return -position; // the queue gets shorter
        }
    }

    /**
     * It was taken from the queue.
     *
     * @param percent how far it was when it was interrupted, if it was
     */
    record Started(int percent) implements JobEvent {
        @Override
        public String name() {
            return "started";
        }

        @Override
        public long place() {
            return 1;
        }
    }

    /**
     * A step is done.
     *
     * @param step steps done, from 1
     * @param steps steps in all
     * @param remainingSeconds an estimate for the steps that are left
     * @param percent how far the whole is
     */
    record Step(int step, int steps, double remainingSeconds, int percent) implements JobEvent {
        @Override
        public String name() {
            return "step";
        }

        @Override
        public long place() {
            return 1L + step;
        }

        @Override
        public String toText() {
            return name() + " " + step + " " + steps + " " + remainingSeconds;
        }
    }

    /**
     * A frame was decoded.
     *
     * @param frame frames done, from 1
     * @param frames frames in all
     * @param seconds how much of the video that is
     * @param percent how far the whole is
     */
    record Decoded(int frame, int frames, double seconds, int percent) implements JobEvent {
        @Override
        public String name() {
            return "frame";
        }

        @Override
        public long place() {
            return (1L << 32) + frame;
        }

        @Override
        public String toText() {
            return name() + " " + frame + " " + frames + " " + seconds;
        }
    }

    /** It is over. */
    sealed interface Last extends JobEvent {
        @Override
        default long place() {
            return Long.MAX_VALUE;
        }

        @Override
        default boolean isLast() {
            return true;
        }
    }

    /** The video is there. */
    record Completed() implements Last {
        @Override
        public String name() {
            return "completed";
        }
    }

    /** It cannot be made. */
    record Failed(Video.Failure failure) implements Last {
        @Override
        public String name() {
            return "failed";
        }
    }

    /** Somebody asked that it be stopped. */
    record Cancelled() implements Last {
        @Override
        public String name() {
            return "cancelled";
        }
    }

    /** Somebody asked that it be deleted. */
    record Deleted() implements Last {
        @Override
        public String name() {
            return "deleted";
        }
    }

    /** The server ends before the job does; the next one goes on with it. */
    record Stopping() implements Last {
        @Override
        public String name() {
            return "stopping";
        }
    }
}
