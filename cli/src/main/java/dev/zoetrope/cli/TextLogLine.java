package dev.zoetrope.cli;

import dev.zoetrope.server.log.LogContext;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * A line for people: time, level, message, and the ids it belongs to. What clients sent may be in it, so what would begin
 * another line, or drive a terminal, is written as an escape; only the lines of a stack trace stand on their own, indented.
 */
final class TextLogLine extends Formatter {
    @Override
    public String format(LogRecord entry) {
        StringJoiner fields = new StringJoiner(" ", " [", "]").setEmptyValue("");
        for (String name : new String[] {LogContext.REQUEST, LogContext.VIDEO, LogContext.KEY}) {
            LogContext.get(name).ifPresent(value -> fields.add(name + "=" + value));
        }
        String line = escape(
                "%s %-5s %s%s".formatted(entry.getInstant(), level(entry.getLevel()), formatMessage(entry), fields));
        return line
                + System.lineSeparator()
                + stackTrace(entry).map(TextLogLine::indented).orElse("");
    }

    /** Levels by the names that most logs use. */
    static String level(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "WARN";
        }
        return level.intValue() >= Level.INFO.intValue() ? "INFO" : "DEBUG";
    }

    static Optional<String> stackTrace(LogRecord entry) {
        Throwable failure = entry.getThrown();
        if (failure == null) {
            return Optional.empty();
        }
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return Optional.of(text.toString());
    }

    private static String indented(String trace) {
        StringBuilder lines = new StringBuilder();
        trace.lines()
                .forEach(line -> lines.append("    ")
                        .append(escape(line.replace("\t", "  ")))
                        .append(System.lineSeparator()));
        return lines.toString();
    }

    /** Control characters, also those beyond ASCII, and the separators that some readers take for the end of a line. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.chars().forEach(character -> {
            int type = Character.getType(character);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR) {
                escaped.append("\\u%04x".formatted(character));
            } else {
                escaped.append((char) character);
            }
        });
        return escaped.toString();
    }
}
