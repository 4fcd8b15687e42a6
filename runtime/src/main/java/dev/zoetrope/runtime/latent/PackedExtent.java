package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.timeline.ClipLayout;
import java.util.ArrayList;
import java.util.List;

/** Where each segment and clip of a packed sequence begins; checks that they fit together. */
final class PackedExtent {
    private final List<ClipLayout> layouts;
    private final int[] clipOf;
    private final int[] firstGroup;
    private final int[] firstPrediction;
    private final int[] firstText;
    private final int[] visualTokens;
    private final int[] firstRow;
    private final int[] rows;

    private PackedExtent(List<PackedSegment> segments, List<ClipLayout> clips) {
        int count = segments.size();
        layouts = segments.stream().map(PackedSegment::layout).toList();
        clipOf = new int[count];
        visualTokens = new int[count];
        firstGroup = new int[count + 1];
        firstPrediction = new int[count + 1];
        firstText = new int[count + 1];
        for (int i = 0; i < count; i++) {
            PackedSegment segment = segments.get(i);
            clipOf[i] = segment.latentClip();
            visualTokens[i] = segment.layout().tokens();
            firstGroup[i + 1] =
                    Math.addExact(firstGroup[i], 1 + segment.layout().groups().size());
            firstPrediction[i + 1] = Math.addExact(firstPrediction[i], visualTokens[i]);
            firstText[i + 1] = Math.addExact(firstText[i], segment.text().tokens());
        }
        Math.addExact(firstText[count], firstPrediction[count]);
        rows = clips.stream().mapToInt(ClipLayout::tokens).toArray();
        firstRow = new int[rows.length + 1];
        for (int i = 0; i < rows.length; i++) {
            firstRow[i + 1] = firstRow[i] + rows[i];
        }
    }

    static PackedExtent of(List<PackedSegment> segments, PackingOptions options) {
        if (segments.isEmpty() || segments.size() > options.slots()) {
            throw new IllegalArgumentException("packed sequence: expected 1 to " + options.slots()
                    + " segments, found " + segments.size() + "; guidance takes two segments for each clip:"
                    + " run fewer clips at a time");
        }
        List<ClipLayout> clips = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            PackedSegment segment = segments.get(i);
            int clip = segment.latentClip();
            if (clip < 0 || clip > clips.size()) {
                throw new IllegalArgumentException("segment " + i + ": expected clip 0 to " + clips.size() + ", found "
                        + clip + "; clips are numbered in order of appearance");
            }
            if (clip == clips.size()) {
                clips.add(segment.layout());
            } else if (!clips.get(clip).sameShape(segment.layout())) {
                throw new IllegalArgumentException("segment " + i + ": expected the size of clip " + clip + ", "
                        + shape(clips.get(clip)) + ", found " + shape(segment.layout()));
            }
            if (segment.text().width() != options.textWidth()) {
                throw new IllegalArgumentException("text of segment " + i + ": expected width " + options.textWidth()
                        + ", found " + segment.text().width());
            }
        }
        return new PackedExtent(segments, clips);
    }

    private static String shape(ClipLayout layout) {
        return layout.groups().size() + " latents of " + layout.rows() + "x" + layout.columns() + " cells";
    }

    int segments() {
        return clipOf.length;
    }

    int clips() {
        return rows.length;
    }

    int packedTokens() {
        return textTokens() + predictions();
    }

    int latentRows() {
        return firstRow[rows.length];
    }

    int predictions() {
        return firstPrediction[clipOf.length];
    }

    int textTokens() {
        return firstText[clipOf.length];
    }

    int groups() {
        return firstGroup[clipOf.length];
    }

    int clipOf(int segment) {
        return clipOf[segment];
    }

    ClipLayout layoutOf(int segment) {
        return layouts.get(segment);
    }

    int textTokensOf(int segment) {
        return firstText[segment + 1] - firstText[segment];
    }

    int firstGroup(int segment) {
        return firstGroup[segment];
    }

    int firstPrediction(int segment) {
        return firstPrediction[segment];
    }

    int firstText(int segment) {
        return firstText[segment];
    }

    /** First packed position of a segment: its text tokens begin there. */
    int firstToken(int segment) {
        return firstText[segment] + firstPrediction[segment];
    }

    int visualTokens(int segment) {
        return visualTokens[segment];
    }

    int firstRow(int clip) {
        return firstRow[clip];
    }

    int rows(int clip) {
        return rows[clip];
    }
}
