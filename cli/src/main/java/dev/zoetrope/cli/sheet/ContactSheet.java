package dev.zoetrope.cli.sheet;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Draws rows of frames under each other, one row a clip, with a gap of {@value #GAP_PX} px around every frame. Rows may
 * differ in size and number of frames.
 */
public final class ContactSheet {
    /** Between two frames, and between a frame and the edge. */
    public static final int GAP_PX = 4;

    /** Height of a line of text. */
    public static final int LABEL_PX = 16;

    /** Pixels of the largest sheet. Beyond it the picture no longer fits the heap that a small machine gives the JVM. */
    public static final long MAX_PIXELS = 100_000_000;

    private static final Color PAPER = Color.WHITE;
    private static final Color INK = new Color(0x40, 0x40, 0x40);
    private static final int FONT_PX = 11;
    private static final int BASELINE_PX = 12;

    private final List<Strip> strips;
    private final Optional<Integer> frameHeightPx;
    private final boolean labels;

    /**
     * A sheet of these rows.
     *
     * @param strips rows, from the top
     * @param frameHeightPx height of every frame; their own if not given
     * @param labels whether names stand above the rows, and times below the frames
     */
    public ContactSheet(List<Strip> strips, Optional<Integer> frameHeightPx, boolean labels) {
        this.strips = List.copyOf(strips);
        this.frameHeightPx = frameHeightPx;
        this.labels = labels;
    }

    /** Draws the sheet. */
    public BufferedImage draw() {
        long widthPx = strips.stream().mapToLong(this::widthPx).max().orElse(0);
        long heightPx = GAP_PX + strips.stream().mapToLong(this::heightPx).sum();
        if (strips.isEmpty() || widthPx * heightPx > MAX_PIXELS) {
            throw new RequestException("sheet: expected 1 to " + MAX_PIXELS + " pixels, found " + widthPx + "x"
                    + heightPx + " (ask for fewer --frames or a smaller --height)");
        }
        BufferedImage sheet = new BufferedImage((int) widthPx, (int) heightPx, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        try {
            graphics.setColor(PAPER);
            graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
            if (labels) {
                prepareText(graphics);
            }
            int top = GAP_PX;
            for (Strip strip : strips) {
                draw(graphics, strip, top);
                top += heightPx(strip);
            }
        } finally {
            graphics.dispose();
        }
        return sheet;
    }

    private void draw(Graphics2D graphics, Strip strip, int top) {
        int pictureTop = labels ? top + LABEL_PX : top;
        if (labels) {
            graphics.drawString(strip.name(), GAP_PX, top + BASELINE_PX);
        }
        int left = GAP_PX;
        for (Strip.Cell cell : strip.cells()) {
            int width = cellWidthPx(strip);
            int height = cellHeightPx(strip);
            graphics.drawImage(scaled(cell.picture(), width, height), left, pictureTop, null);
            if (labels) {
                drawTime(graphics, cell, left, pictureTop + height, width);
            }
            left += width + GAP_PX;
        }
    }

    /** In the middle below the frame; left out where the frame is narrower than the text. */
    private static void drawTime(Graphics2D graphics, Strip.Cell cell, int left, int top, int width) {
        String time = String.format(Locale.ROOT, "%.2f s", cell.seconds());
        FontMetrics metrics = graphics.getFontMetrics();
        if (metrics.stringWidth(time) <= width) {
            graphics.drawString(time, left + (width - metrics.stringWidth(time)) / 2, top + BASELINE_PX);
        }
    }

    private static void prepareText(Graphics2D graphics) {
        graphics.setColor(INK);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT_PX));
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        try {
            graphics.getFontMetrics();
        } catch (RuntimeException | InternalError | LinkageError e) {
            // Which of them comes on a machine without fonts depends on the JDK.
            throw new OutputException(
                    "labels: expected a font on this machine, found none (leave --labels out, or install fontconfig)",
                    e);
        }
    }

    private int widthPx(Strip strip) {
        return GAP_PX + strip.cells().size() * (cellWidthPx(strip) + GAP_PX);
    }

    private int heightPx(Strip strip) {
        return cellHeightPx(strip) + GAP_PX + (labels ? 2 * LABEL_PX : 0);
    }

    private int cellHeightPx(Strip strip) {
        return frameHeightPx.orElseGet(() -> picture(strip).getHeight());
    }

    private int cellWidthPx(Strip strip) {
        BufferedImage picture = picture(strip);
        return Math.max(1, (int) Math.round((double) picture.getWidth() * cellHeightPx(strip) / picture.getHeight()));
    }

    private static BufferedImage picture(Strip strip) {
        return strip.cells().getFirst().picture();
    }

    /** Enlarged pixel by pixel where it goes evenly, so that a small model's pixels stay what they are. */
    private static BufferedImage scaled(BufferedImage picture, int widthPx, int heightPx) {
        if (picture.getWidth() == widthPx && picture.getHeight() == heightPx) {
            return picture;
        }
        BufferedImage scaled = new BufferedImage(widthPx, heightPx, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = scaled.createGraphics();
        try {
            boolean smaller = heightPx < picture.getHeight();
            boolean even = heightPx % picture.getHeight() == 0 && widthPx % picture.getWidth() == 0;
            graphics.setRenderingHint(
                    RenderingHints.KEY_INTERPOLATION,
                    even
                            ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR
                            : RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            // Bicubic looks at 16 pixels, which is too few where many become one.
            Image source = smaller ? picture.getScaledInstance(widthPx, heightPx, Image.SCALE_AREA_AVERAGING) : picture;
            graphics.drawImage(source, 0, 0, widthPx, heightPx, null);
        } finally {
            graphics.dispose();
        }
        return scaled;
    }

    /** A picture as a frame; its pixels live as long as the arena. */
    public static Frame frame(BufferedImage picture, Arena arena) {
        int stride = picture.getWidth() * Frame.PIXEL_BYTES;
        MemorySegment pixels = arena.allocate((long) stride * picture.getHeight() + Frame.PADDING_BYTES);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int colour = picture.getRGB(x, y);
                long red = (long) y * stride + (long) x * Frame.PIXEL_BYTES;
                pixels.set(ValueLayout.JAVA_BYTE, red, (byte) (colour >> 16));
                pixels.set(ValueLayout.JAVA_BYTE, red + 1, (byte) (colour >> 8));
                pixels.set(ValueLayout.JAVA_BYTE, red + 2, (byte) colour);
            }
        }
        return Frame.packed(pixels, picture.getWidth(), picture.getHeight(), 0);
    }
}
