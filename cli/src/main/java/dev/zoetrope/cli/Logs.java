package dev.zoetrope.cli;

import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Where log lines go: nowhere, unless {@code --verbose} asks for them. What a user has to know comes as an exception or
 * as a warning of the render; the same again from a native library's log would only bury it. A server writes them, for
 * nobody reads an exception there.
 */
final class Logs {
    /** Held on to, for the log manager forgets loggers that nobody holds. */
    private static final Logger ROOT = Logger.getLogger("");

    private static final Logger OWN = Logger.getLogger("dev.zoetrope");

    /** Says, of every part of the API's document that is no schema, that it is none. */
    private static final Logger NOT_OURS = Logger.getLogger("com.networknt.schema.keyword.UnknownKeywordFactory");

    private Logs() {}

    /** What a server's lines look like. */
    enum Format {
        TEXT,
        JSON;

        private Formatter formatter() {
            return this == JSON ? new JsonLogLine() : new TextLogLine();
        }
    }

    /** From which level on a server's lines are written. */
    enum Least {
        ERROR,
        WARN,
        INFO,
        DEBUG;

        private Level level() {
            return switch (this) {
                case ERROR -> Level.SEVERE;
                case WARN -> Level.WARNING;
                case INFO -> Level.INFO;
                case DEBUG -> Level.FINE;
            };
        }
    }

    static void quiet() {
        LogManager.getLogManager().reset();
        ROOT.setLevel(Level.OFF);
    }

    static void verbose() {
        show(Level.FINE, Level.FINE, new OneLine());
    }

    /** A server's own lines, and of the libraries what is wrong; all with {@code debug}. */
    static void serving(Least least, Format format) {
        show(least == Least.INFO ? Level.WARNING : least.level(), least.level(), format.formatter());
        NOT_OURS.setLevel(Level.OFF); // after show(), which resets all
        LastingLogManager.last();
    }

    private static void show(Level ofLibraries, Level own, Formatter formatter) {
        LogManager.getLogManager().reset();
        ROOT.setLevel(ofLibraries);
        OWN.setLevel(own);
        ConsoleHandler handler = new ConsoleHandler();
        handler.setLevel(Level.ALL);
        handler.setFormatter(formatter);
        ROOT.addHandler(handler);
    }

    /** Level, logger and message, then the trace if there is one. */
    private static final class OneLine extends SimpleFormatter {
        @Override
        public String format(LogRecord entry) {
            String line = "zoetrope: %s: %s: %s%n"
                    .formatted(
                            entry.getLevel().getName().toLowerCase(Locale.ROOT),
                            entry.getLoggerName(),
                            formatMessage(entry));
            return entry.getThrown() == null ? line : line + entry.getThrown() + System.lineSeparator();
        }
    }
}
