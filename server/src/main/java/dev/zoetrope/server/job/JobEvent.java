package dev.zoetrope.server.job;

/**
 * Something that happened to a job. Each has a place in the order in which things happen to a job, so that one that
 * arrives late is known to be old.
 */
public sealed interface JobEvent {
    /** As clients are told. */
    String name();

    /** Later events have larger ones. */
    long place();

    /** Whether nothing comes after it. */
    default boolean isLast() {
        return false;
    }

    /** It waits. */
    record Queued(int position) implements JobEvent {
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
}
