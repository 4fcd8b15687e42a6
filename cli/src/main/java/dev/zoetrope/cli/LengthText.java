package dev.zoetrope.cli;

import dev.zoetrope.runtime.error.RequestException;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads lengths and times as people write them: {@code 8}, {@code 8s}, {@code 2.5s}, {@code 1m30s}, {@code 500ms}. */
final class LengthText {
    private static final String NUMBER = "(\\d{1,9}(?:\\.\\d{0,9})?|\\.\\d{1,9})";

    /** Hours, minutes, seconds and milliseconds, each once at most and in this order; a bare number counts seconds. */
    private static final Pattern FORM = Pattern.compile(
            "(?:" + NUMBER + "h)?(?:" + NUMBER + "m(?!s))?(?:" + NUMBER + "(?:s|$))?(?:" + NUMBER + "ms)?");

    private static final double[] SECONDS = {3600, 60, 1, 0.001};

    private LengthText() {}

    /**
     * The seconds that a text says, not negative.
     *
     * @param what begins the refusal: an option's or field's name
     */
    static double seconds(String what, String text) {
        return parse(text)
                .orElseThrow(() -> new RequestException(
                        what + ": expected a length such as 8s, 2.5, 1m30s or 500ms, found '" + text + "'"));
    }

    /** The seconds that a text says; with a minus sign before it, negative ones. */
    static OptionalDouble parseTime(String text) {
        String plain = text.strip();
        if (!plain.startsWith("-")) {
            return parse(plain);
        }
        OptionalDouble seconds = parse(plain.substring(1));
        return seconds.isPresent() ? OptionalDouble.of(-seconds.getAsDouble()) : seconds;
    }

    static OptionalDouble parse(String text) {
        String plain = text.strip();
        Matcher parts = FORM.matcher(plain);
        if (plain.isEmpty() || !parts.matches()) {
            return OptionalDouble.empty();
        }
        double seconds = 0;
        for (int unit = 0; unit < SECONDS.length; unit++) {
            String number = parts.group(unit + 1);
            seconds += number == null ? 0 : Double.parseDouble(number) * SECONDS[unit];
        }
        return OptionalDouble.of(seconds);
    }
}
