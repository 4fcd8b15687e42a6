package dev.zoetrope.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code zoetrope} command: {@code main}, and the list of what it can do. */
@Command(
        name = "zoetrope",
        description = "Turns a prompt into a video clip, in one JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Examples:",
            "  zoetrope render \"a red ball bounces over the sea at night\" -o ball.mp4",
            "  zoetrope doctor",
            "",
            "Exit status: 0 done, 1 failed, 2 wrong arguments, 3 some rows of a batch failed, 130 cancelled."
        })
public final class ZoetropeCommand implements Callable<Integer> {
    private static final int HELP_COLUMNS = 100;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Log more, and show where an error came from.")
    private boolean verbose;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the command of the process and ends it with its exit status. */
    public static void main(String[] arguments) {
        // Before any of the JDK's log classes is touched, this one included: they look for the property once.
        System.getProperties().putIfAbsent("java.util.logging.manager", "dev.zoetrope.cli.LastingLogManager");
        // UTF-8 whatever the locale: names and JSON go to other programs, not to a terminal's code page.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        Surroundings surroundings = Surroundings.ofProcess(err);
        int status = run(
                surroundings,
                new PrintWriter(out, false, StandardCharsets.UTF_8),
                new PrintWriter(err, true, StandardCharsets.UTF_8),
                arguments);
        surroundings.cancellation().finish();
        System.exit(status);
    }

    /**
     * Runs one command line inside this process: nothing is drawn, nothing exits. For programs and tests that want what
     * the command prints.
     *
     * @param in where the prompt {@code -} is read from
     * @return the exit status
     */
    public static int run(InputStream in, PrintWriter out, PrintWriter err, String... arguments) {
        Surroundings quiet = new Surroundings(in, System.err, false, new Cancellation(), System.getenv());
        return run(quiet, out, err, arguments);
    }

    /** Runs one command line and returns its exit status; never throws. */
    static int run(Surroundings surroundings, PrintWriter out, PrintWriter err, String... arguments) {
        ZoetropeCommand root = new ZoetropeCommand();
        FailureReport failures = new FailureReport(root);
        try {
            int status = root.commandLine(surroundings)
                    .setParameterExceptionHandler(failures)
                    .setExecutionExceptionHandler(failures)
                    .setOut(out)
                    .setErr(err)
                    .setExecutionStrategy(root::execute)
                    .execute(arguments);
            return surroundings.cancellation().requested() ? ExitStatus.CANCELLED : status;
        } catch (Error e) {
            return failures.report(e, err); // memory, native linkage
        } finally {
            out.flush();
            err.flush();
        }
    }

    CommandLine commandLine(Surroundings surroundings) {
        CommandLine root = new CommandLine(this);
        ClipCommand.all(surroundings).forEach(root::addSubcommand);
        return root.addSubcommand(new BatchCommand(surroundings))
                .addSubcommand(ServeCommand.commandLine(surroundings))
                .addSubcommand(new InspectCommand())
                .addSubcommand(new MetricsCommand())
                .addSubcommand(new SheetCommand())
                .addSubcommand(new ExportCommand())
                .addSubcommand(new QuantizeCommand())
                .addSubcommand(new DoctorCommand())
                .addSubcommand(new BenchCommand())
                .addSubcommand(new GenerateCompletion())
                .addSubcommand(new HelpCommand())
                .registerConverter(Duration.class, new DurationText())
                .setExpandAtFiles(false) // @FILE is a prompt in a file
                .setAllowSubcommandsAsOptionParameters(true)
                .setUsageHelpWidth(HELP_COLUMNS)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** The log is set up first: libraries begin to write it when they are loaded. */
    private int execute(ParseResult parsed) {
        Integer helpStatus = CommandLine.executeHelpRequest(parsed);
        if (helpStatus != null) {
            return helpStatus;
        }
        if (verbose) {
            Logs.verbose();
        } else {
            Logs.quiet();
        }
        return new RunLast().execute(parsed);
    }

    boolean verbose() {
        return verbose;
    }

    /** Without a command: the help, as an error, for nothing was done. */
    @Override
    public Integer call() {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        command.usage(command.getErr());
        return ExitStatus.USAGE;
    }
}
