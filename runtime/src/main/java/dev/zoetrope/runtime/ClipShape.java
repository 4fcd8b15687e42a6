package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Size and length of a clip, written {@code 832x480x81}. */
public record ClipShape(FrameSize size, int frames) {
    private static final Pattern FORM =
            Pattern.compile("(?:(\\d{1,3})[xX×])?\\(?(\\d{1,5})[xX×](\\d{1,5})[xX×](\\d{1,7})\\)?");

    public ClipShape {
        if (frames < 1) {
            throw new RequestException("frames: expected at least 1, found " + frames);
        }
    }

    /**
     * Reads the clips of one packed sequence: {@code 832x480x81}, four of a shape as {@code 4x256x256x17} or {@code
     * 4x(256x256x17)}, different ones as {@code 256x256x17+320x192x33}.
     */
    public static List<ClipShape> parse(String text) {
        List<ClipShape> clips = new ArrayList<>();
        for (String term : text.split("\\+", -1)) {
            Matcher matcher = FORM.matcher(term.strip());
            if (!matcher.matches()) {
                throw new RequestException("shape: expected WIDTHxHEIGHTxFRAMES such as 832x480x81, several of one as"
                        + " 4x256x256x17 or different ones joined by +, found '" + text + "'");
            }
            FrameSize size = new FrameSize(Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3)));
            int count = matcher.group(1) == null ? 1 : Integer.parseInt(matcher.group(1));
            if (count < 1) {
                throw new RequestException("shape: expected at least 1 clip, found '" + text + "'");
            }
            clips.addAll(Collections.nCopies(count, new ClipShape(size, Integer.parseInt(matcher.group(4)))));
        }
        return List.copyOf(clips);
    }

    /** Clips of one packed sequence, as {@link #parse} reads them. */
    public static String format(List<ClipShape> clips) {
        boolean alike = clips.stream().distinct().count() == 1;
        return clips.size() > 1 && alike
                ? clips.size() + "x" + clips.getFirst()
                : clips.stream().map(ClipShape::toString).collect(Collectors.joining("+"));
    }

    @Override
    public String toString() {
        return size + "x" + frames;
    }
}
