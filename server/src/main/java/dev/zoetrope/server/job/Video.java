package dev.zoetrope.server.job;

import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A video that was asked for.
 *
 * @param id its name for clients, {@code video_} and 32 hexadecimal digits
 * @param owner hash of the API key it was asked for with; empty when none was needed
 * @param status where it stands
 * @param progress 0 to 100, never falling; 100 only when it is done
 * @param request every default filled in; files are named relative to the video's folder
 * @param model name of the model
 * @param created when it was asked for
 * @param completed when it was done
 * @param failure why it failed
 * @param remixedFrom the video it was made from
 * @param priority how urgent it is
 * @param expires when it will be removed; empty while it is not over, and where videos are kept for ever
 */
public record Video(
        String id,
        Optional<String> owner,
        VideoStatus status,
        int progress,
        RenderRequest request,
        String model,
        Instant created,
        Optional<Instant> completed,
        Optional<Failure> failure,
        Optional<String> remixedFrom,
        Priority priority,
        Optional<Instant> expires) {
    /* How long before its time a video stands in the queue, by its priority: who is urgent is begun before what came up to so
     * much earlier, and not before what has waited longer, so nothing waits for ever. */
    private static final Map<Priority, Duration> HEAD_START = Map.of(
            Priority.LOW,
            Duration.ZERO,
            Priority.NORMAL,
            Duration.ofMinutes(10),
            Priority.HIGH,
            Duration.ofMinutes(20));

    /**
     * Why a video failed.
     *
     * @param code one word for programs
     * @param message one line for people
     */
    public record Failure(String code, String message) {}

    /** A video that begins to wait. */
    public static Video queued(
            String id,
            Optional<String> owner,
            RenderRequest request,
            String model,
            Optional<String> remixedFrom,
            Priority priority) {
        return new Video(
                id,
                owner,
                VideoStatus.QUEUED,
                0,
                request,
                model,
                Instant.now(),
                Optional.empty(),
                Optional.empty(),
                remixedFrom,
                priority,
                Optional.empty());
    }

    /** As it ended; all progress is made when it is completed. */
    Video withEnd(VideoStatus end, Optional<Instant> endCompleted, Optional<Failure> endFailure) {
        return new Video(
                id,
                owner,
                end,
                end == VideoStatus.COMPLETED ? 100 : progress,
                request,
                model,
                created,
                endCompleted,
                endFailure,
                remixedFrom,
                priority,
                expires);
    }

    public Video withProgress(int value) {
        return new Video(
                id, owner, status, value, request, model, created, completed, failure, remixedFrom, priority, expires);
    }

    /** Its place in the queue: videos are begun in the order of these. */
    public Instant turn() {
        return turn(created, priority);
    }

    static Instant turn(Instant created, Priority priority) {
        return created.minus(HEAD_START.getOrDefault(priority, Duration.ZERO));
    }
}
