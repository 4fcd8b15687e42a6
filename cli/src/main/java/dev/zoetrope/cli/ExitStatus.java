package dev.zoetrope.cli;

/** The exit statuses of the command, as {@code docs/cli.md} lists them. */
final class ExitStatus {
    static final int OK = 0;

    /** The model, the native library, the output or the engine failed. */
    static final int FAILURE = 1;

    /** The command line, or the request it describes, cannot be carried out by anyone. */
    static final int USAGE = 2;

    /** Some rows of a batch failed; the others are done. */
    static final int SOME_ROWS_FAILED = 3;

    /** Interrupted; 128 + 2, what shells report for SIGINT. */
    static final int CANCELLED = 130;

    private ExitStatus() {}
}
