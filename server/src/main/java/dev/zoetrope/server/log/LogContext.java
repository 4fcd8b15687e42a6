package dev.zoetrope.server.log;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.slf4j.MDC;

/**
 * What log lines carry beside their text: fields of SLF4J's diagnostic context, which belong to the thread that writes the
 * line. Who embeds the server gets them from its own logging library.
 */
public final class LogContext {
    /** The request that a line belongs to, or that asked for the job it belongs to. */
    public static final String REQUEST = "request_id";

    public static final String VIDEO = "video_id";

    /** The first digits of the key's hash. */
    public static final String KEY = "key";

    /** The trace that goes on in what is done here (W3C Trace Context). */
    public static final String TRACE = "traceparent";

    private LogContext() {}

    /** The value of a field on this thread. */
    public static Optional<String> get(String field) {
        return Optional.ofNullable(MDC.get(field));
    }

    /** Does something with these fields and no others; afterwards the thread has those it had. */
    public static <T> T call(Map<String, String> fields, Callable<T> work) throws Exception {
        Map<String, String> before = begin(fields);
        try {
            return work.call();
        } finally {
            MDC.setContextMap(before);
        }
    }

    /** The same, for what throws nothing. */
    public static <T> T get(Map<String, String> fields, Supplier<T> work) {
        Map<String, String> before = begin(fields);
        try {
            return work.get();
        } finally {
            MDC.setContextMap(before);
        }
    }

    /** The same, for what gives nothing. */
    public static void run(Map<String, String> fields, Runnable work) {
        Map<String, String> before = begin(fields);
        try {
            work.run();
        } finally {
            MDC.setContextMap(before);
        }
    }

    private static Map<String, String> begin(Map<String, String> fields) {
        Map<String, String> before =
                Optional.ofNullable(MDC.getCopyOfContextMap()).orElseGet(HashMap::new);
        // Not added to those before: a thread may have inherited some from the one that happened to start it.
        MDC.setContextMap(new HashMap<>(fields));
        return before;
    }
}
