package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.error.RequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/**
 * Reads fields of a file as the options and arguments of a command: they have the options' names, and the arguments'
 * labels in small letters, and both's forms and messages. Values are taken as they are: no files, no quotes, no options
 * within options.
 */
final class FieldOptions {
    /** The label of options whose value is JSON. */
    static final String JSON = "JSON";

    /** The label of options whose value is numbers with commas between them. */
    static final String LIST = "LIST";

    private final CommandLine parser;
    private final Map<String, JsonNode> rest;

    private FieldOptions(CommandLine parser, Map<String, JsonNode> fields) {
        this.parser = parser;
        this.rest = new HashMap<>(fields);
    }

    /**
     * Fills an object whose members are options and arguments.
     *
     * @param fields by name; none is null
     * @throws RequestException if a field does not exist, naming the nearest, or its value has the wrong form
     */
    static void read(Object options, Map<String, JsonNode> fields) {
        CommandLine parser = new CommandLine(options)
                .setExpandAtFiles(false)
                .setTrimQuotes(false)
                .setInterpolateVariables(false)
                .setAllowOptionsAsOptionParameters(true)
                .setOverwrittenOptionsAllowed(false);
        List<String> arguments = new FieldOptions(parser, fields).arguments();
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
        parser.getCommandSpec().positionalParameters().forEach(argument -> names.addAll(namesOf(argument)));
        return names;
    }

    /** {@code CLIP|PROMPT} may be given as the field clip or as the field prompt. */
    private static List<String> namesOf(PositionalParamSpec argument) {
        return Arrays.asList(argument.paramLabel().toLowerCase(Locale.ROOT).split("\\|"));
    }

    /** The command line that the fields stand for. */
    private List<String> arguments() {
        List<String> positional = new ArrayList<>(List.of("--")); // what follows is no option, whatever it looks like
        for (PositionalParamSpec argument : parser.getCommandSpec().positionalParameters()) {
            Optional<String> name =
                    namesOf(argument).stream().filter(rest::containsKey).findFirst();
            JsonNode value = name.map(rest::remove).orElse(null);
            if (value != null) {
                positional.add(text(name.orElseThrow(), argument, value));
            } else if (argument.required()) {
                throw new RequestException(
                        String.join(" or ", namesOf(argument)) + ": expected to be given, found nothing");
            }
        }
        List<String> arguments = new ArrayList<>();
        rest.forEach((field, value) -> addOption(field, value, arguments));
        arguments.addAll(positional);
        return arguments;
    }

    private void addOption(String field, JsonNode value, List<String> arguments) {
        OptionSpec option = parser.getCommandSpec().optionsMap().get("--" + field);
        if (option == null) {
            throw unknown(field, names(parser));
        }
        if (option.type() == boolean.class || option.type() == Boolean.class) {
            addFlag(field, option, value, arguments);
        } else if (option.isMultiValue() && value.isArray()) {
            value.forEach(each -> arguments.add("--" + field + "=" + text(field, option, each)));
        } else {
            arguments.add("--" + field + "=" + text(field, option, value));
        }
    }

    private static void addFlag(String field, OptionSpec option, JsonNode value, List<String> arguments) {
        String text = text(field, option, value);
        if (text.equalsIgnoreCase("true")) {
            arguments.add("--" + field);
        } else if (!text.equalsIgnoreCase("false")) {
            throw new RequestException(field + ": expected true or false, found '" + text + "'");
        } else if (option.negatable()) {
            arguments.add("--no-" + field);
        }
    }

    private static String text(String field, ArgSpec target, JsonNode value) {
        if (target.paramLabel().equals(JSON)) {
            return value.isTextual() ? value.asText() : value.toString();
        }
        if (target.paramLabel().equals(LIST) && value.isArray()) {
            List<String> numbers = new ArrayList<>();
            value.forEach(number -> numbers.add(text(field, target, number)));
            return String.join(",", numbers);
        }
        if (value.isContainerNode()) {
            throw new RequestException(
                    field + ": expected one value, found " + (value.isArray() ? "a list" : "names with values"));
        }
        return value.asText();
    }
}
