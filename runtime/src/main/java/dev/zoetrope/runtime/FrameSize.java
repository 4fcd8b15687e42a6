package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The size of a frame.
 *
 * @param widthPx 1 to {@value #MAX_SIDE_PX}; need not be divisible by anything: latents are rounded up, frames cropped
 * @param heightPx likewise
 */
public record FrameSize(int widthPx, int heightPx) {
    /** The longest side taken: beyond it a single frame no longer fits the memory of the machines this is made for. */
    public static final int MAX_SIDE_PX = 4096;

    private static final Pattern FORM = Pattern.compile("\\s*(-?\\d{1,9})\\s*[xX×]\\s*(-?\\d{1,9})\\s*");

    public FrameSize {
        check("width", widthPx);
        check("height", heightPx);
    }

    /** Reads {@code 64x48} (width, then height). */
    public static FrameSize parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new RequestException("size: expected WIDTHxHEIGHT in pixels such as 64x48, found '" + text + "'");
        }
        return new FrameSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    private static void check(String side, int px) {
        if (px < 1 || px > MAX_SIDE_PX) {
            throw new RequestException(side + ": expected 1 to " + MAX_SIDE_PX + " px, found " + px
                    + " (nearest that works: " + Math.clamp(px, 1, MAX_SIDE_PX) + ")");
        }
    }

    @Override
    public String toString() {
        return widthPx + "x" + heightPx;
    }
}
