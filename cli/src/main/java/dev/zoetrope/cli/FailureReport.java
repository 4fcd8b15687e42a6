package dev.zoetrope.cli;

import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.error.ZoetropeException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Prints a failure as one line on standard error and chooses the exit status; the one place that does. */
final class FailureReport implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final ZoetropeCommand root;

    FailureReport(ZoetropeCommand root) {
        this.root = root;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        String help = command.getCommandSpec().qualifiedName() + " --help";
        print(command.getErr(), describe(failure) + " (see '" + help + "')", failure);
        return ExitStatus.USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return report(failure, command.getErr());
    }

    /** Prints any failure, also an {@link Error}, and returns the exit status it stands for. */
    int report(Throwable failure, PrintWriter err) {
        print(err, describe(failure), failure);
        return statusOf(failure);
    }

    static int statusOf(Throwable failure) {
        return switch (failure) {
            case RequestException _ -> ExitStatus.USAGE;
            case ParameterException _ -> ExitStatus.USAGE;
            case RenderCancelledException _ -> ExitStatus.CANCELLED;
            default -> ExitStatus.FAILURE;
        };
    }

    /** One line that says what is wrong, without the program's name. */
    static String describe(Throwable failure) {
        return oneLine(
                switch (failure) {
                    case UnmatchedArgumentException unmatched -> describeUnmatched(unmatched);
                    case MissingParameterException missing -> describeMissing(missing);
                    case ParameterException parameter -> describeParameter(parameter);
                    case ZoetropeException known -> String.valueOf(known.getMessage());
                    case OutOfMemoryError memory ->
                        "memory: expected enough for this request, found " + memory.getMessage()
                                + " (ask for a smaller --size or fewer --seconds, or give the JVM more with -Xmx)";
                    default ->
                        "internal error: " + failure.getClass().getSimpleName() + ": " + failure.getMessage()
                                + " (a bug; --verbose shows where it happened)";
                });
    }

    private static String describeUnmatched(UnmatchedArgumentException failure) {
        String found = failure.getUnmatched().getFirst();
        if (!failure.isUnknownOption()) {
            return failure.getCommandLine().getSubcommands().isEmpty()
                    ? "argument: expected no more, found '" + found + "' (a prompt of several words needs quotes)"
                    : "command: expected one of " + names(failure.getCommandLine()) + ", found '" + found + "'"
                            + didYouMean(failure);
        }
        return "option: expected one that exists, found '" + found + "'" + didYouMean(failure);
    }

    private static String didYouMean(UnmatchedArgumentException failure) {
        var names = failure.isUnknownOption()
                ? failure.getCommandLine().getCommandSpec().optionsMap().keySet()
                : failure.getCommandLine().getSubcommands().keySet();
        String found = failure.getUnmatched().getFirst().replaceFirst("=.*", "");
        return NearestName.of(found, names)
                .or(() -> failure.getSuggestions().stream().findFirst())
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    private static String names(CommandLine command) {
        return String.join(", ", command.getSubcommands().keySet());
    }

    private static String describeMissing(MissingParameterException failure) {
        return switch (failure.getMissing().getFirst()) {
            case OptionSpec option
            when option.required() -> option.longestName() + ": expected to be given, found nothing";
            case OptionSpec option ->
                option.longestName() + ": expected a value " + option.paramLabel() + ", found nothing";
            case ArgSpec positional -> positional.paramLabel() + ": expected an argument, found none";
        };
    }

    private static String describeParameter(ParameterException failure) {
        if (failure.getArgSpec() instanceof OptionSpec option && failure.getValue() != null) {
            return option.longestName() + ": expected " + kindOf(option) + ", found '" + failure.getValue() + "'"
                    + origin(failure, option);
        }
        return String.valueOf(failure.getMessage());
    }

    /** Where a value is from that is not on the command line. */
    private static String origin(ParameterException failure, OptionSpec option) {
        return failure.getCommandLine().getCommandSpec().defaultValueProvider() instanceof ConfiguredDefaults defaults
                ? defaults.origin(option.longestName())
                        .map(place -> " (it is from " + place + ")")
                        .orElse("")
                : "";
    }

    private static String kindOf(OptionSpec option) {
        Class<?> type = option.type();
        if (type == Duration.class) {
            return DurationText.KIND;
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(Objects.requireNonNull(type.getEnumConstants()))
                            .map(constant -> String.valueOf(constant).toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "));
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == Integer.class || type == Long.class || type == int.class) {
            return "a whole number";
        }
        return type == Double.class ? "a number" : option.paramLabel();
    }

    private void print(PrintWriter err, String line, Throwable failure) {
        err.println("zoetrope: " + line);
        if (root.verbose()) {
            failure.printStackTrace(err);
        }
        err.flush();
    }

    private static String oneLine(String text) {
        // Control characters go too: a hostile file name must not drive the terminal.
        return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
    }
}
