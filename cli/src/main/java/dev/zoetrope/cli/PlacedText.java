package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Reads {@code FILE}, {@code FILE@SECONDS} and {@code FILE@SECONDS:STRENGTH}: a picture or clip and its place on the time
 * line. Negative seconds count from the end, and {@code end} is the last frame.
 */
final class PlacedText {
    private static final String FORM = "FILE, FILE@SECONDS or FILE@SECONDS:STRENGTH, such as ball.png@-0.5:0.8";

    private PlacedText() {}

    /**
     * Reads one.
     *
     * @param option its name, for refusals
     * @return with the file as it is named
     */
    static Edit.Placed parse(String option, String text, Inputs inputs) {
        int at = text.lastIndexOf('@');
        if (at < 0 || isFile(text, inputs)) { // a file's own name may have an @
            return Edit.Placed.at(file(option, text), 0);
        }
        String place = text.substring(at + 1);
        int colon = place.lastIndexOf(':');
        String time = (colon < 0 ? place : place.substring(0, colon)).strip();
        if (at == 0) {
            throw refusal(option, text);
        }
        return new Edit.Placed(
                file(option, text.substring(0, at)),
                time(time).orElseThrow(() -> refusal(option, text)),
                colon < 0 ? 1 : strength(option, text, place.substring(colon + 1)));
    }

    /** The same place for another file. */
    static Edit.Placed moved(Edit.Placed thing, Path file) {
        return new Edit.Placed(file, thing.atSeconds(), thing.strength());
    }

    /** Seconds, negative ones from the end, or {@code end}. */
    static OptionalDouble time(String text) {
        return text.strip().equals("end") ? OptionalDouble.of(Edit.Placed.LAST_FRAME) : LengthText.parseTime(text);
    }

    private static double strength(String option, String text, String number) {
        try {
            return Double.parseDouble(number.strip());
        } catch (NumberFormatException e) {
            throw refusal(option, text);
        }
    }

    private static RequestException refusal(String option, String text) {
        return new RequestException(option + ": expected " + FORM + ", found '" + text + "'");
    }

    private static boolean isFile(String text, Inputs inputs) {
        try {
            return inputs.exists(Path.of(text));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    private static Path file(String option, String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new RequestException(
                    option + ": expected a file name, found '" + name + "' (" + e.getReason() + ")", e);
        }
    }

    /** In the order of their times, as the engine wants them: from the beginning, then those counted from the end. */
    static List<Edit.Placed> inOrder(List<Edit.Placed> placed) {
        return placed.stream()
                .sorted(Comparator.comparing((Edit.Placed thing) -> thing.atSeconds() < 0)
                        .thenComparingDouble(Edit.Placed::atSeconds))
                .toList();
    }
}
