package dev.zoetrope.server.job;

import dev.zoetrope.runtime.RenderRequest;
import java.time.Instant;
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
        Optional<String> remixedFrom) {
    /**
     * Why a video failed.
     *
     * @param code one word for programs
     * @param message one line for people
     */
    public record Failure(String code, String message) {}

    /** A video that begins to wait. */
    public static Video queued(
            String id, Optional<String> owner, RenderRequest request, String model, Optional<String> remixedFrom) {
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
                remixedFrom);
    }

    public Video withProgress(int value) {
        return new Video(id, owner, status, value, request, model, created, completed, failure, remixedFrom);
    }
}
