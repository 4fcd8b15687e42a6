package dev.zoetrope.cli;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads times of options as {@link LengthText} does, and days: {@code 15s}, {@code 10m}, {@code 1h30m}, {@code 30d}. */
final class DurationText implements ITypeConverter<Duration> {
    /** What such an option expects, for messages. */
    static final String KIND = "a time such as 15s, 10m, 2h or 30d";

    private static final Pattern DAYS = Pattern.compile("(\\d{1,6})d");
    private static final Map<String, Duration> UNITS =
            Map.of("d", Duration.ofDays(1), "h", Duration.ofHours(1), "m", Duration.ofMinutes(1));

    @Override
    public Duration convert(String text) {
        Matcher days = DAYS.matcher(text.strip());
        return days.matches()
                ? Duration.ofDays(Long.parseLong(days.group(1)))
                : Duration.ofMillis(Math.round(1000
                        * LengthText.parse(text).orElseThrow(() -> new TypeConversionException("expected " + KIND))));
    }

    /** A text that is read as the same, to the millisecond. */
    static String of(Duration duration) {
        for (String unit : new String[] {"d", "h", "m"}) {
            long millis = UNITS.getOrDefault(unit, Duration.ZERO).toMillis();
            if (duration.toMillis() > 0 && duration.toMillis() % millis == 0) {
                return duration.toMillis() / millis + unit;
            }
        }
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }
}
