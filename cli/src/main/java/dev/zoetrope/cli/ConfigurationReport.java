package dev.zoetrope.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Prints what a command's options are, as a configuration file that says where each value is from. Secrets are left out. */
final class ConfigurationReport {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .build();

    private static final Pattern SECRET_NAME = Pattern.compile("(^|-)(password|secret|token)(-(?!file)|$)");
    private static final Pattern SECRET_IN_ADDRESS = Pattern.compile(
            "(://[^/@:]*:)[^/@]+(?=@)|((?:password|secret|token)[a-z_-]*=)[^&;]+", Pattern.CASE_INSENSITIVE);
    private static final String MASK = "***";

    private ConfigurationReport() {}

    static void print(CommandSpec command, ConfiguredDefaults defaults, PrintWriter out) {
        for (OptionSpec option : ConfiguredDefaults.options(command)) {
            String name = option.longestName();
            if (name.equals(ConfiguredDefaults.FILE_OPTION) || name.equals(ServeCommand.PRINT_OPTION)) {
                continue;
            }
            Object value = option.getValue();
            String origin = defaults.origin(name)
                    .orElse(command.commandLine().getParseResult().hasMatchedOption(name) ? "command line" : "default");
            out.println(
                    value == null || value.equals(List.of())
                            ? "# " + name.substring(2) + ":"
                            : line(name.substring(2), value) + "  # " + origin);
        }
    }

    private static String line(String key, Object value) {
        Object shown = switch (value) {
            case Duration duration -> DurationText.of(duration);
            case List<?> many -> many.stream().map(String::valueOf).collect(Collectors.joining(","));
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
            default -> value;
        };
        if (!(shown instanceof Number || shown instanceof Boolean)) {
            shown = masked(key, String.valueOf(shown));
        }
        try {
            return YAML.writeValueAsString(Map.of(key, shown)).strip();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(key + ": expected a value that can be written", e);
        }
    }

    static String masked(String key, String value) {
        return SECRET_NAME.matcher(key).find()
                ? MASK
                : SECRET_IN_ADDRESS
                        .matcher(value)
                        .replaceAll(found -> (found.group(1) == null ? found.group(2) : found.group(1)) + MASK);
    }
}
