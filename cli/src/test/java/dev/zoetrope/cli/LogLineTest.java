package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.server.log.LogContext;
import java.time.Instant;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** What a server's log lines look like, also when what they tell was chosen to make them look otherwise. */
class LogLineTest {
    private static final String HOSTILE = "a\n2026-01-01T00:00:00Z ERROR forged\r\u001b[2J\u0085\u2028\u202eend";

    @Test
    void aLineForPeopleNamesItsRequestAndStaysALine() {
        String line =
                format(new TextLogLine(), HOSTILE, Map.of(LogContext.REQUEST, "req_1", LogContext.VIDEO, HOSTILE));

        assertTrue(line.startsWith("2026-11-23T10:00:00Z WARN  a\\u000a2026"), line);
        assertTrue(line.contains("[request_id=req_1 video_id=a\\u000a"), line);
        assertEquals(1, line.lines().count(), line);
        assertTrue(line.chars().filter(Character::isISOControl).allMatch(it -> it == '\n' || it == '\r'), line);
        assertEquals(
                line.length() - System.lineSeparator().length(),
                line.stripTrailing().length());
    }

    @Test
    void aLineForProgramsIsOneObjectWithNumbersAsNumbers() throws Exception {
        String line = format(new JsonLogLine(), HOSTILE, Map.of("status", "404", "path", HOSTILE));
        JsonNode node = new ObjectMapper().readTree(line);

        assertEquals(1, line.lines().count(), line);
        assertEquals(HOSTILE, node.path("message").asText(), "nothing is lost");
        assertEquals(HOSTILE, node.path("path").asText());
        assertEquals(404, node.path("status").intValue());
        assertEquals("WARN", node.path("level").asText());
        assertEquals("2026-11-23T10:00:00Z", node.path("time").asText());
        assertTrue(line.strip().chars().noneMatch(Character::isISOControl), line);
    }

    private static String format(Formatter formatter, String message, Map<String, String> context) {
        LogRecord entry = new LogRecord(Level.WARNING, message);
        entry.setInstant(Instant.parse("2026-11-23T10:00:00Z"));
        entry.setLoggerName("a.logger");
        String[] line = new String[1];
        LogContext.run(context, () -> line[0] = formatter.format(entry));
        return line[0];
    }
}
