package dev.zoetrope.cli;

import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What a command sees of the process around it.
 *
 * @param in where {@code -} reads a prompt from
 * @param err where the progress bar is drawn
 * @param terminal whether a person watches: progress is drawn only then
 * @param cancellation how a command learns that it should stop
 * @param environment the process's variables
 */
record Surroundings(
        InputStream in, PrintStream err, boolean terminal, Cancellation cancellation, Map<String, String> environment) {
    static Surroundings ofProcess(PrintStream err) {
        return new Surroundings(System.in, err, isTerminal(), Cancellation.onShutdown(), System.getenv());
    }

    /** A console object alone says little: since JDK 22 there may be one whose streams are redirected, or none. */
    @SuppressWarnings("SystemConsoleNull") // JDK 25 still returns null for redirected streams: tried
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
