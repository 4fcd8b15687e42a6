package dev.zoetrope.cli;

import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * A row of a batch file, read as the options it stands for: a row is a small command line, so its fields have the
 * options' names, forms and messages.
 */
@Command
final class RowOptions {
    @Option(names = "--prompt")
    private @Nullable String prompt;

    @Mixin
    private RequestOptions request = new RequestOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    private RowOptions() {}

    /**
     * Reads a row.
     *
     * @throws RequestException if a field does not exist, naming the nearest, or its value has the wrong form
     */
    static RowOptions of(BatchRow row) {
        RowOptions options = new RowOptions();
        // Values are taken as they are: no @files, no quotes, no options within options.
        CommandLine parser = new CommandLine(options)
                .setExpandAtFiles(false)
                .setTrimQuotes(false)
                .setInterpolateVariables(false)
                .setAllowOptionsAsOptionParameters(true)
                .setOverwrittenOptionsAllowed(false);
        List<String> arguments = new ArrayList<>();
        for (Map.Entry<String, String> field : row.fields().entrySet()) {
            addArgument(parser, field.getKey(), field.getValue(), arguments);
        }
        try {
            parser.parseArgs(arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new RequestException(FailureReport.describe(e), e);
        }
        return options;
    }

    private static void addArgument(CommandLine parser, String field, String value, List<String> arguments) {
        OptionSpec option = parser.getCommandSpec().optionsMap().get("--" + field);
        if (option == null) {
            throw unknownField(parser, field);
        }
        if (option.type() != boolean.class) {
            arguments.add("--" + field + "=" + value);
        } else if (value.equalsIgnoreCase("true")) {
            arguments.add("--" + field);
        } else if (!value.equalsIgnoreCase("false")) {
            throw new RequestException(field + ": expected true or false, found '" + value + "'");
        }
    }

    private static RequestException unknownField(CommandLine parser, String field) {
        TreeSet<String> names = new TreeSet<>();
        for (String name : parser.getCommandSpec().optionsMap().keySet()) {
            if (name.startsWith("--")) {
                names.add(name.substring(2));
            }
        }
        return new RequestException("field: expected one of " + String.join(", ", names) + ", found '" + field + "'"
                + NearestName.of(field, names)
                        .map(name -> "; did you mean " + name + "?")
                        .orElse(""));
    }

    /** The request of this row, on top of what the whole batch asks for. */
    RenderRequest toRequest(RequestOptions defaults) {
        String text = PromptSource.checked(prompt == null ? "" : prompt, "the field prompt");
        return request.applyTo(defaults.applyTo(RenderRequest.of(text)));
    }

    boolean hasSeed() {
        return request.hasSeed();
    }

    OutputOptions output() {
        return output;
    }
}
