package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Gives the options of a command their values where the command line gives none: from the environment, else from a file.
 * The option {@code --max-jobs} of {@code serve} is the variable {@code ZOETROPE_SERVE_MAX_JOBS} and the line
 * {@code max-jobs: 100}. It asks the command for its options, so a new one is found in all three places.
 *
 * <p>Names that no option has are refused: one that is misspelled would be missed only when it is too late.
 */
final class ConfiguredDefaults implements IDefaultValueProvider {
    /** The option that names the file; it may stand in the environment too. */
    static final String FILE_OPTION = "--config";

    private static final String WHAT = "configuration";

    private final Map<String, String> environment;
    private final Map<String, String> origins = new HashMap<>();
    private @Nullable Values values;

    /** @param environment the process's variables */
    ConfiguredDefaults(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** A value, and where it stands. */
    private record Given(String text, String origin) {}

    /**
     * What was found.
     *
     * @param named the file that the command line named at that time
     * @param failure why nothing of it can be used
     */
    private record Values(Optional<Path> named, Map<String, Given> byOption, Optional<RequestException> failure) {}

    /** The options that can be given in all places: a command's own but those that ask for help. */
    static List<OptionSpec> options(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.inherited() && !option.usageHelp() && !option.versionHelp())
                .toList();
    }

    /** The variable that stands for an option. */
    static String variable(CommandSpec command, OptionSpec option) {
        return prefix(command) + key(option).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** The name that an option has in the file. */
    static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--", "");
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        Given given = values(option.command()).byOption().get(option.longestName());
        if (given == null) {
            return null;
        }
        origins.put(option.longestName(), given.origin());
        return given.text();
    }

    /**
     * Refuses what cannot be used. To be called when the command begins, for picocli takes a failure to say what the value
     * of an option is for there being none.
     */
    void check(CommandSpec command) {
        values(command).failure().ifPresent(failure -> {
            throw failure;
        });
    }

    /** Where the value of an option was taken from, if not from the command line. */
    Optional<String> origin(String option) {
        return Optional.ofNullable(origins.get(option));
    }

    /** A failure that begins with an option's name, with the place that the option's value is from. */
    RequestException located(RequestException failure) {
        String message = String.valueOf(failure.getMessage());
        return origin(message.replaceFirst(":.*", ""))
                .map(origin -> new RequestException(message + " (it is from " + origin + ")", failure))
                .orElse(failure);
    }

    /** Asked while the command line is read, too: it may name another file than it did a moment ago. */
    private Values values(CommandSpec command) {
        OptionSpec option = command.findOption(FILE_OPTION);
        Optional<Path> named = Optional.ofNullable(option.getValue());
        Values known = values;
        if (known == null || !known.named().equals(named)) {
            try {
                known = new Values(named, read(command, named.or(() -> usual(command, option))), Optional.empty());
            } catch (RequestException e) {
                known = new Values(named, Map.of(), Optional.of(e));
            }
            values = known;
        }
        return known;
    }

    private Map<String, Given> read(CommandSpec command, Optional<Path> file) {
        Map<String, Given> found = new HashMap<>();
        file.ifPresent(path -> found.putAll(ofFile(command, path)));
        found.putAll(ofEnvironment(command));
        return found;
    }

    private Map<String, Given> ofEnvironment(CommandSpec command) {
        Map<String, OptionSpec> known = new LinkedHashMap<>();
        options(command).forEach(option -> known.put(variable(command, option), option));
        Map<String, Given> found = new HashMap<>();
        for (String name : new TreeSet<>(environment.keySet())) {
            if (!name.startsWith(prefix(command))) {
                continue;
            }
            OptionSpec option = known.get(name);
            if (option == null) {
                throw unknown("environment", name, known);
            }
            found.put(option.longestName(), new Given(environment.getOrDefault(name, ""), name));
        }
        return found;
    }

    private static Map<String, Given> ofFile(CommandSpec command, Path file) {
        Map<String, OptionSpec> known = new LinkedHashMap<>();
        options(command).stream()
                .filter(option -> !option.longestName().equals(FILE_OPTION))
                .forEach(option -> known.put(key(option), option));
        JsonNode root = YamlFile.read(WHAT, file);
        if (!root.isObject() && !root.isMissingNode() && !root.isNull()) {
            throw new RequestException(WHAT + " " + file + ": expected lines like 'port: 8080', found something else");
        }
        Map<String, Given> found = new HashMap<>();
        for (Map.Entry<String, JsonNode> line : root.properties()) {
            OptionSpec option = known.get(line.getKey());
            if (option == null) {
                throw unknown(WHAT + " " + file, line.getKey(), known);
            }
            String origin = line.getKey() + " in " + file;
            found.put(option.longestName(), new Given(text(option, line.getValue(), origin), origin));
        }
        return found;
    }

    private static String text(OptionSpec option, JsonNode value, String origin) {
        if (value.isNull()) {
            throw new RequestException(origin + ": expected " + option.paramLabel() + ", found nothing");
        }
        if (value.isArray() && option.isMultiValue()) {
            return String.join(
                    option.splitRegex(),
                    value.valueStream().map(JsonNode::asText).toList());
        }
        if (value.isContainerNode()) {
            throw new RequestException(
                    origin + ": expected one value, found " + (value.isArray() ? "a list" : "names with values"));
        }
        return value.asText();
    }

    private static RequestException unknown(String where, String name, Map<String, OptionSpec> known) {
        return new RequestException(where + ": expected names of options, found '" + name + "'"
                + NearestName.of(name, known.keySet())
                        .map(nearest -> "; did you mean " + nearest + "?")
                        .orElse("; known are " + String.join(", ", known.keySet())));
    }

    /** The file where the command line names none: the environment's, else the one in a usual place, if there is one. */
    private Optional<Path> usual(CommandSpec command, OptionSpec option) {
        String variable = variable(command, option);
        String named = environment.get(variable);
        if (named == null) {
            return usualPlaces(command.name()).filter(Files::exists).findFirst();
        }
        try {
            return Optional.of(Path.of(named));
        } catch (InvalidPathException e) {
            throw new RequestException(
                    WHAT + ": expected the name of a file in " + variable + ", found '" + named + "'", e);
        }
    }

    private Stream<Path> usualPlaces(String command) {
        Path inFolder = Path.of("zoetrope", command + ".yaml");
        Optional<Path> own = Optional.ofNullable(environment.get("XDG_CONFIG_HOME"))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .or(() -> Optional.ofNullable(environment.get("HOME")).map(home -> Path.of(home, ".config")));
        return Stream.concat(own.stream(), Stream.of(Path.of("/etc"))).map(folder -> folder.resolve(inFolder));
    }

    private static String prefix(CommandSpec command) {
        return command.qualifiedName("_").replace('-', '_').toUpperCase(Locale.ROOT) + "_";
    }
}
