package dev.zoetrope.cli;

import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Where log lines go: nowhere, unless {@code --verbose} asks for them. What a user has to know comes as an exception or
 * as a warning of the render; the same again from a native library's log would only bury it.
 */
final class Logs {
    /** Held on to, for the log manager forgets loggers that nobody holds. */
    private static final Logger ROOT = Logger.getLogger("");

    private Logs() {}

    static void quiet() {
        LogManager.getLogManager().reset();
        ROOT.setLevel(Level.OFF);
    }

    static void verbose() {
        show(Level.FINE);
    }

    /** For a command that runs on alone: nobody reads an exception there. */
    static void warnings() {
        show(Level.WARNING);
    }

    private static void show(Level least) {
        LogManager.getLogManager().reset();
        ROOT.setLevel(least);
        ConsoleHandler handler = new ConsoleHandler();
        handler.setLevel(least);
        handler.setFormatter(new OneLine());
        ROOT.addHandler(handler);
    }

    /** Level, logger and message, then the trace if there is one. */
    private static final class OneLine extends SimpleFormatter {
        @Override
        public String format(LogRecord entry) {
            String line = "zoetrope: %s: %s: %s%n"
                    .formatted(
                            entry.getLevel().getName().toLowerCase(java.util.Locale.ROOT),
                            entry.getLoggerName(),
                            formatMessage(entry));
            return entry.getThrown() == null ? line : line + entry.getThrown() + System.lineSeparator();
        }
    }
}
