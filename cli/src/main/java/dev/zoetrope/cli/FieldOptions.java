package dev.zoetrope.cli;

import dev.zoetrope.runtime.error.RequestException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Reads fields of a file as the options of a command: they have the options' names, forms and messages. Values are taken
 * as they are: no files, no quotes, no options within options.
 */
final class FieldOptions {
    private FieldOptions() {}

    /**
     * Fills an object whose members are options.
     *
     * @throws RequestException if a field does not exist, naming the nearest, or its value has the wrong form
     */
    static void read(Object options, Map<String, String> fields) {
        CommandLine parser = new CommandLine(options)
                .setExpandAtFiles(false)
                .setTrimQuotes(false)
                .setInterpolateVariables(false)
                .setAllowOptionsAsOptionParameters(true)
                .setOverwrittenOptionsAllowed(false);
        List<String> arguments = new ArrayList<>();
        for (Map.Entry<String, String> field : fields.entrySet()) {
            addArgument(parser, field.getKey(), field.getValue(), arguments);
        }
        try {
            parser.parseArgs(arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new RequestException(FailureReport.describe(e), e);
        }
    }

    /** The names that fields of such an object have. */
    static SequencedSet<String> names(Object options) {
        return names(new CommandLine(options));
    }

    /** Refuses a field, naming the nearest that exists. */
    static RequestException unknown(String field, Collection<String> names) {
        return new RequestException("field: expected one of " + String.join(", ", names) + ", found '" + field + "'"
                + NearestName.of(field, names)
                        .map(name -> "; did you mean " + name + "?")
                        .orElse(""));
    }

    private static SequencedSet<String> names(CommandLine parser) {
        TreeSet<String> names = new TreeSet<>();
        for (String name : parser.getCommandSpec().optionsMap().keySet()) {
            if (name.startsWith("--")) {
                names.add(name.substring(2));
            }
        }
        return names;
    }

    private static void addArgument(CommandLine parser, String field, String value, List<String> arguments) {
        OptionSpec option = parser.getCommandSpec().optionsMap().get("--" + field);
        if (option == null) {
            throw unknown(field, names(parser));
        }
        if (option.type() != boolean.class) {
            arguments.add("--" + field + "=" + value);
        } else if (value.equalsIgnoreCase("true")) {
            arguments.add("--" + field);
        } else if (!value.equalsIgnoreCase("false")) {
            throw new RequestException(field + ": expected true or false, found '" + value + "'");
        }
    }
}
