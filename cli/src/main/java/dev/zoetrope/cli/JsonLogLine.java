package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.slf4j.MDC;

/** A line for programs: one JSON object, with the fields of the thread's diagnostic context beside the message. */
final class JsonLogLine extends Formatter {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Fields of the context that are numbers; a context holds texts alone. */
    private static final Set<String> NUMBERS = Set.of("status", "duration_ms", "bytes");

    @Override
    public String format(LogRecord entry) {
        ObjectNode line = JSON.createObjectNode()
                .put("time", entry.getInstant().toString())
                .put("level", TextLogLine.level(entry.getLevel()))
                .put("logger", entry.getLoggerName())
                .put("message", formatMessage(entry));
        Map<String, String> context = MDC.getCopyOfContextMap();
        if (context != null) {
            new TreeMap<>(context).forEach((name, value) -> {
                if (NUMBERS.contains(name)) {
                    line.put(name, Long.parseLong(value));
                } else {
                    line.put(name, value);
                }
            });
        }
        TextLogLine.stackTrace(entry).ifPresent(trace -> line.put("error", trace));
        // JSON escapes line breaks by itself; this is for the separators it leaves as they are.
        return TextLogLine.escape(line.toString()) + "\n";
    }
}
