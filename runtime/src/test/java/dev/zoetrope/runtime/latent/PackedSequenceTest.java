package dev.zoetrope.runtime.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PackedSequenceTest {
    private static final PackingOptions OPTIONS = new PackingOptions(5, 3, 16, true);
    private static final int MIXES = 200;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        arena.close();
    }

    private TextEmbedding text(Random random, int tokens) {
        MemorySegment states = TensorMemory.floats(arena, (long) tokens * OPTIONS.textWidth());
        fill(random, states);
        return TextEmbedding.of(states, tokens, OPTIONS.textWidth());
    }

    private static void fill(Random random, MemorySegment floats) {
        for (int i = 0; i < TensorMemory.floatCount(floats); i++) {
            floats.setAtIndex(TensorMemory.FLOAT, i, (float) random.nextGaussian());
        }
    }

    /** One to eight clips, each with one or two segments. */
    private List<PackedSegment> mix(Random random) {
        List<PackedSegment> segments = new ArrayList<>();
        int clips = 1 + random.nextInt(8);
        for (int clip = 0; clip < clips; clip++) {
            ClipLayout layout =
                    ClipLayout.ofRun(1 + random.nextInt(4), 1 + random.nextInt(5), 1 + random.nextInt(4), 8, 4);
            if (random.nextBoolean()) {
                layout = layout.withRole(random.nextInt(layout.groups().size()), TokenRole.REFERENCE);
            }
            int views = 1 + random.nextInt(2);
            for (int view = 0; view < views; view++) {
                segments.add(new PackedSegment(text(random, 1 + random.nextInt(9)), layout, clip));
            }
        }
        return segments;
    }

    @Test
    void whatIsPackedComesOutAgain() {
        for (long seed = 0; seed < MIXES; seed++) {
            Random random = new Random(seed);
            try (PackedSequence sequence = PackedSequence.pack(mix(random), OPTIONS)) {
                List<float[]> given = new ArrayList<>();
                for (int clip = 0; clip < sequence.clips(); clip++) {
                    float[] latents = new float[TensorMemory.floatCount(sequence.latentOf(clip))];
                    for (int i = 0; i < latents.length; i++) {
                        latents[i] = random.nextFloat();
                    }
                    given.add(latents);
                    sequence.load(clip, MemorySegment.ofArray(latents));
                }
                for (int clip = 0; clip < sequence.clips(); clip++) {
                    float[] found = new float[given.get(clip).length];
                    sequence.unload(clip, MemorySegment.ofArray(found));
                    assertArrayEquals(given.get(clip), found, "clip " + clip + ", seed " + seed);
                }
                assertEquals(2 * sequence.latent().byteSize(), sequence.bytesMoved(), "seed " + seed);
            }
        }
    }

    @Test
    void sizesAddUp() {
        for (long seed = 0; seed < MIXES; seed++) {
            List<PackedSegment> segments = mix(new Random(seed));
            try (PackedSequence sequence = PackedSequence.pack(segments, OPTIONS)) {
                String what = "seed " + seed;
                long[] lengths = sequence.lengths().toArray(TensorMemory.LONG);
                assertEquals(OPTIONS.slots(), lengths.length, what);
                long sum = 0;
                for (int i = 0; i < lengths.length; i++) {
                    long expected = i < segments.size()
                            ? segments.get(i).text().tokens()
                                    + (long) segments.get(i).layout().tokens()
                            : 0;
                    assertEquals(expected, lengths[i], what + ", segment " + i);
                    sum += lengths[i];
                }
                assertEquals(sequence.packedTokens(), sum, what);
                assertEquals(sequence.textTokens() + sequence.predictions(), sum, what);
                assertEquals(
                        segments.stream().mapToInt(s -> s.layout().tokens()).sum(), sequence.predictions(), what);
                assertEquals(
                        segments.stream()
                                .mapToInt(s -> 1 + s.layout().groups().size())
                                .sum(),
                        sequence.groups(),
                        what);
            }
        }
    }

    @Test
    void indicesAreInRangeAndReachEverything() {
        for (long seed = 0; seed < MIXES; seed++) {
            try (PackedSequence sequence = PackedSequence.pack(mix(new Random(seed)), OPTIONS)) {
                String what = "seed " + seed;
                Set<Long> rows = new HashSet<>();
                for (long row : sequence.order().toArray(TensorMemory.LONG)) {
                    assertTrue(row >= 0 && row < sequence.textTokens() + sequence.latentRows(), what);
                    rows.add(row);
                }
                assertEquals(sequence.textTokens() + sequence.latentRows(), rows.size(), what);
                long before = -1;
                for (long position : sequence.visual().toArray(TensorMemory.LONG)) {
                    assertTrue(position > before && position < sequence.packedTokens(), what);
                    assertTrue(sequence.order().getAtIndex(TensorMemory.LONG, position) >= sequence.textTokens(), what);
                    before = position;
                }
                Set<Long> groups = new HashSet<>();
                for (long group : sequence.group().toArray(TensorMemory.LONG)) {
                    groups.add(group);
                }
                assertEquals(sequence.groups(), groups.size(), what);
                assertEquals(0L, Collections.min(groups), what);
                assertEquals(sequence.groups() - 1L, Collections.max(groups), what);
            }
        }
    }

    @Test
    void aTokenSeesItsOwnSegmentOnly() {
        for (long seed = 0; seed < 20; seed++) {
            try (PackedSequence sequence = PackedSequence.pack(mix(new Random(seed)), OPTIONS)) {
                int tokens = sequence.packedTokens();
                int[] segmentOf = new int[tokens];
                int at = 0;
                for (int segment = 0; segment < sequence.segments(); segment++) {
                    for (long i = sequence.lengths().getAtIndex(TensorMemory.LONG, segment); i > 0; i--) {
                        segmentOf[at++] = segment;
                    }
                }
                for (int query = 0; query < tokens; query++) {
                    for (int key = 0; key < tokens; key++) {
                        float bias =
                                sequence.attentionBias().getAtIndex(TensorMemory.FLOAT, (long) query * tokens + key);
                        assertEquals(segmentOf[query] == segmentOf[key] ? 0 : -1e9f, bias, "seed " + seed);
                    }
                }
            }
        }
    }

    @Test
    void segmentsOfOneClipReadTheSameRows() {
        Random random = new Random(3);
        ClipLayout layout = ClipLayout.ofRun(2, 3, 2, 8, 4);
        ClipLayout other = ClipLayout.ofRun(1, 2, 1, 8, 4);
        List<PackedSegment> segments = List.of(
                new PackedSegment(text(random, 4), layout, 0),
                new PackedSegment(text(random, 1), layout, 0),
                new PackedSegment(text(random, 2), other, 1));
        try (PackedSequence sequence = PackedSequence.pack(segments, OPTIONS)) {
            assertEquals(14, sequence.latentRows());
            assertEquals(26, sequence.predictions());
            for (int token = 0; token < 12; token++) {
                long guided = sequence.visual().getAtIndex(TensorMemory.LONG, token);
                long unguided = sequence.visual().getAtIndex(TensorMemory.LONG, 12L + token);
                assertEquals(7 + token, sequence.order().getAtIndex(TensorMemory.LONG, guided));
                assertEquals(7 + token, sequence.order().getAtIndex(TensorMemory.LONG, unguided));
            }
            assertEquals(
                    sequence.velocity().address() + 12L * 5 * Float.BYTES,
                    sequence.velocityOf(1).address());
            assertEquals(0, sequence.clipOf(1));
        }
    }

    @Test
    void aNoiseLevelReachesItsGroup() {
        Random random = new Random(4);
        List<PackedSegment> segments = List.of(
                new PackedSegment(text(random, 2), ClipLayout.ofRun(1, 2, 2, 8, 4), 0),
                new PackedSegment(text(random, 1), ClipLayout.ofRun(1, 1, 3, 8, 4), 1));
        try (PackedSequence sequence = PackedSequence.pack(segments, OPTIONS)) {
            sequence.setSigma(0, 1, 0.25f);
            sequence.setSigma(1, 2, 0.75f);
            assertArrayEquals(
                    new float[] {0, 0, 0.25f, 0, 0, 0, 0.75f}, sequence.sigma().toArray(TensorMemory.FLOAT));
        }
    }

    @Test
    void textIsPooledOverItsTrueTokens() {
        Random random = new Random(9);
        TextEmbedding longer = text(random, 7);
        TextEmbedding shorter = text(random, 2);
        ClipLayout layout = ClipLayout.ofRun(1, 1, 1, 8, 4);
        List<PackedSegment> segments =
                List.of(new PackedSegment(longer, layout, 0), new PackedSegment(shorter, layout, 1));
        try (PackedSequence sequence = PackedSequence.pack(segments, OPTIONS)) {
            float[] pooled = sequence.pooled().toArray(TensorMemory.FLOAT);
            for (int group = 0; group < 4; group++) {
                TextEmbedding own = group < 2 ? longer : shorter;
                for (int channel = 0; channel < 3; channel++) {
                    double sum = 0;
                    for (int token = 0; token < own.tokens(); token++) {
                        sum += own.states().getAtIndex(TensorMemory.FLOAT, token * 3L + channel);
                    }
                    assertEquals((float) (sum / own.tokens()), pooled[group * 3 + channel]);
                }
            }
        }
    }

    @Test
    void buffersAreAligned() {
        try (PackedSequence sequence = PackedSequence.pack(mix(new Random(1)), OPTIONS)) {
            for (MemorySegment buffer : List.of(
                    sequence.latent(),
                    sequence.text(),
                    sequence.order(),
                    sequence.visual(),
                    sequence.coordinates(),
                    sequence.group(),
                    sequence.sigma(),
                    sequence.role(),
                    sequence.pooled(),
                    sequence.lengths(),
                    sequence.attentionBias(),
                    sequence.velocity())) {
                assertEquals(0, buffer.address() % 64);
            }
        }
    }

    @Test
    void tooManySegmentsAreRefused() {
        Random random = new Random(2);
        ClipLayout layout = ClipLayout.ofRun(1, 1, 1, 8, 4);
        List<PackedSegment> segments = new ArrayList<>();
        for (int i = 0; i < 17; i++) {
            segments.add(new PackedSegment(text(random, 1), layout, i));
        }
        assertEquals(
                "packed sequence: expected 1 to 16 segments, found 17; guidance takes two segments for each clip:"
                        + " run fewer clips at a time",
                refused(segments));
        try (PackedSequence sequence = PackedSequence.pack(segments.subList(0, 16), OPTIONS)) {
            assertEquals(16, sequence.segments());
        }
    }

    @Test
    void segmentsThatDoNotFitEachOtherAreRefused() {
        Random random = new Random(2);
        ClipLayout layout = ClipLayout.ofRun(1, 2, 1, 8, 4);
        assertEquals(
                "segment 1: expected the size of clip 0, 1 latents of 1x2 cells, found 1 latents of 2x2 cells",
                refused(List.of(
                        new PackedSegment(text(random, 1), layout, 0),
                        new PackedSegment(text(random, 1), ClipLayout.ofRun(2, 2, 1, 8, 4), 0))));
        assertEquals(
                "segment 0: expected clip 0 to 0, found 1; clips are numbered in order of appearance",
                refused(List.of(new PackedSegment(text(random, 1), layout, 1))));
        assertEquals(
                "text of segment 0: expected width 3, found 4",
                refused(List.of(new PackedSegment(TextEmbedding.empty(arena, 4), layout, 0))));
    }

    @MustBeClosed
    private static PackedSequence pack(List<PackedSegment> segments) {
        return PackedSequence.pack(segments, OPTIONS);
    }

    private static String refused(List<PackedSegment> segments) {
        return assertThrows(IllegalArgumentException.class, () -> {
                    try (PackedSequence sequence = pack(segments)) {
                        sequence.segments();
                    }
                })
                .getMessage();
    }

    @Test
    @SuppressWarnings("MustBeClosed") // closing is what is tried
    void nothingCanBeReadAfterClose() {
        PackedSequence sequence = pack(mix(new Random(1)));
        assertTrue(sequence.isOpen());
        sequence.close();
        sequence.close();
        assertFalse(sequence.isOpen());
        assertThrows(IllegalStateException.class, () -> sequence.sigma().getAtIndex(TensorMemory.FLOAT, 0));
        assertThrows(IllegalStateException.class, () -> sequence.setSigma(0, 0, 1));
    }
}
