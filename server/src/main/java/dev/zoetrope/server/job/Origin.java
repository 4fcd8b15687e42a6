package dev.zoetrope.server.job;

import dev.zoetrope.server.log.LogContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where a job comes from: kept with it, so that what is said of it leads back to there, after a restart too.
 *
 * @param request id of the request that asked for it
 * @param trace its trace, as W3C Trace Context writes one
 */
public record Origin(Optional<String> request, Optional<String> trace) {
    /** Of no request that is known. */
    public static final Origin NONE = new Origin(Optional.empty(), Optional.empty());

    /** The request that this thread works for. */
    static Origin ofThread() {
        return new Origin(LogContext.get(LogContext.REQUEST), LogContext.get(LogContext.TRACE));
    }

    /** The fields of log lines about a video that comes from here. */
    Map<String, String> fields(String video) {
        Map<String, String> fields = new HashMap<>(Map.of(LogContext.VIDEO, video));
        request.ifPresent(id -> fields.put(LogContext.REQUEST, id));
        trace.ifPresent(trace -> fields.put(LogContext.TRACE, trace));
        return fields;
    }
}
