package dev.zoetrope.cli;

import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.error.RequestException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says what the process may take. */
final class MemoryOption {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)([gm])");

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = {
                "What the process may take, such as 8g or 1500m: the parts of the model are loaded in turn, one render",
                "at a time, and what cannot fit is refused before any work. No limit if not given."
            })
    private @Nullable String memory;

    EngineOptions applyTo(EngineOptions options) {
        return memory == null ? options : options.withMemoryBytes(bytes(memory));
    }

    private static long bytes(String size) {
        Matcher matcher = SIZE.matcher(size.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new RequestException("--memory: expected a size such as 8g or 1500m, found '" + size + "'");
        }
        double number = Double.parseDouble(matcher.group(1));
        return Math.round(number * (matcher.group(2).equals("g") ? 1L << 30 : 1L << 20));
    }
}
