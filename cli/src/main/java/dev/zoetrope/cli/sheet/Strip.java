package dev.zoetrope.cli.sheet;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.awt.image.BufferedImage;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** One row of a contact sheet: frames of a clip, evenly spaced from the first to the last. Keeps these and no others. */
public final class Strip implements FrameSink {
    private final String name;
    private final double framesPerSecond;
    private final List<Long> wanted;
    private final List<Cell> cells = new ArrayList<>();
    private long frames;

    /** A frame with the moment at which it is shown. */
    record Cell(BufferedImage picture, double seconds) {}

    private Strip(String name, double framesPerSecond, List<Long> wanted) {
        this.name = name;
        this.framesPerSecond = framesPerSecond;
        this.wanted = wanted;
    }

    /**
     * An empty row.
     *
     * @param name what the clip is called on the sheet
     * @param frames number of frames of the clip
     * @param count how many of them to show; all if the clip has fewer
     */
    public static Strip create(String name, double framesPerSecond, long frames, int count) {
        return new Strip(name, framesPerSecond, evenly(frames, count));
    }

    /** Numbers of {@code count} frames, the first and the last among them; the first alone for one. */
    static List<Long> evenly(long frames, int count) {
        if (frames < 1 || count < 1) {
            throw new RequestException(
                    "sheet: expected at least one frame to show, found " + count + " of a clip of " + frames);
        }
        if (frames <= count) {
            return LongStream.range(0, frames).boxed().toList();
        }
        if (count == 1) {
            return List.of(0L);
        }
        return LongStream.range(0, count)
                .map(cell -> Math.round((double) cell * (frames - 1) / (count - 1)))
                .boxed()
                .toList();
    }

    @Override
    public void accept(Frame frame) {
        if (!isFull() && wanted.get(cells.size()) == frames) {
            cells.add(new Cell(image(frame), frames / framesPerSecond));
        }
        frames++;
    }

    /** Whether no further frame is wanted. */
    public boolean isFull() {
        return cells.size() == wanted.size();
    }

    /** Numbers of the frames shown. */
    public List<Long> frames() {
        return wanted.subList(0, cells.size());
    }

    String name() {
        return name;
    }

    List<Cell> cells() {
        return cells;
    }

    private static BufferedImage image(Frame frame) {
        BufferedImage image = new BufferedImage(frame.widthPx(), frame.heightPx(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < frame.heightPx(); y++) {
            for (int x = 0; x < frame.widthPx(); x++) {
                long red = (long) y * frame.strideBytes() + (long) x * Frame.PIXEL_BYTES;
                image.setRGB(x, y, sample(frame, red) << 16 | sample(frame, red + 1) << 8 | sample(frame, red + 2));
            }
        }
        return image;
    }

    private static int sample(Frame frame, long place) {
        return frame.pixels().get(ValueLayout.JAVA_BYTE, place) & 0xFF;
    }

    @Override
    public void close() {
        // Nothing native is held.
    }
}
