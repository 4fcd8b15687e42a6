package dev.zoetrope.runtime.frame;

import dev.zoetrope.runtime.error.RequestException;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Frames per second as an exact fraction in lowest terms; a frame lasts {@code denominator / numerator} seconds.
 *
 * @param numerator frames
 * @param denominator in so many seconds
 */
public record FrameRate(int numerator, int denominator) {
    /** The fastest rate taken: containers and players agree up to here. */
    public static final int MAX_FRAMES_PER_SECOND = 240;

    /** The slowest rate taken is one frame in so many seconds. */
    public static final int MAX_FRAME_SECONDS = 10;

    private static final Pattern FRACTION = Pattern.compile("\\s*(\\d{1,9})\\s*/\\s*(\\d{1,9})\\s*");
    private static final Pattern DECIMAL = Pattern.compile("\\s*\\d{1,6}(\\.\\d{1,9})?\\s*");
    private static final int NTSC_DENOMINATOR = 1001;

    public FrameRate {
        if (numerator < 1 || denominator < 1) {
            throw new RequestException(
                    "frame rate: expected a fraction above 0, found " + numerator + "/" + denominator);
        }
        int divisor = greatestCommonDivisor(numerator, denominator);
        numerator /= divisor;
        denominator /= divisor;
        if (numerator > (long) MAX_FRAMES_PER_SECOND * denominator
                || denominator > (long) MAX_FRAME_SECONDS * numerator) {
            throw outside(numerator + (denominator == 1 ? "" : "/" + denominator));
        }
    }

    /** A whole number of frames per second. */
    public static FrameRate of(int framesPerSecond) {
        return new FrameRate(framesPerSecond, 1);
    }

    /**
     * The fraction a decimal number stands for. The rates of American television, which are written 23.976, 29.97 or
     * 59.94, are the fractions over 1001; every other number is taken to the sixth decimal.
     */
    public static FrameRate of(double framesPerSecond) {
        if (!(framesPerSecond >= 1.0 / MAX_FRAME_SECONDS && framesPerSecond <= MAX_FRAMES_PER_SECOND)) {
            throw outside(String.valueOf(framesPerSecond));
        }
        long nominal = (long) Math.ceil(framesPerSecond);
        double television = nominal * 1000.0 / NTSC_DENOMINATOR;
        // Half a unit of the third decimal: 23.976 and 23.98 both stand for 24000/1001 = 23.97602…
        if (nominal >= 24 && nominal % 6 == 0 && Math.abs(framesPerSecond - television) < 0.005) {
            return new FrameRate(Math.toIntExact(nominal * 1000), NTSC_DENOMINATOR);
        }
        return new FrameRate((int) Math.round(framesPerSecond * 1_000_000), 1_000_000);
    }

    /** Reads {@code 24}, {@code 12.5}, {@code 23.976} or {@code 24000/1001}. */
    public static FrameRate parse(String text) {
        Matcher fraction = FRACTION.matcher(text);
        if (fraction.matches()) {
            return new FrameRate(Integer.parseInt(fraction.group(1)), Integer.parseInt(fraction.group(2)));
        }
        if (DECIMAL.matcher(text).matches()) {
            return of(new BigDecimal(text.strip()).doubleValue());
        }
        throw new RequestException(
                "frame rate: expected frames per second such as 24, 12.5 or 24000/1001, found '" + text + "'");
    }

    /** Frames per second, rounded to a double. */
    public double framesPerSecond() {
        return (double) numerator / denominator;
    }

    /** When a frame begins, in seconds after the first one. */
    public double secondsAt(long frameIndex) {
        return (double) frameIndex * denominator / numerator;
    }

    private static RequestException outside(String found) {
        return new RequestException("frame rate: expected 1/" + MAX_FRAME_SECONDS + " to " + MAX_FRAMES_PER_SECOND
                + " frames per second, found " + found);
    }

    private static int greatestCommonDivisor(int first, int second) {
        return second == 0 ? first : greatestCommonDivisor(second, first % second);
    }

    @Override
    public String toString() {
        return denominator == 1 ? String.valueOf(numerator) : numerator + "/" + denominator;
    }
}
