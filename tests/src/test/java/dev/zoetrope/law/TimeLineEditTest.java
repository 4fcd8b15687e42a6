package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Continuity;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.WorkPlan;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.decode.ClipEncoder;
import dev.zoetrope.runtime.decode.GroupDecoder;
import dev.zoetrope.runtime.encode.FootageReader;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.ReelLayout;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Edits with the shipped model: what is kept stays as it is, bit for bit, and a resumed edit ends like a whole one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimeLineEditTest {
    private static final int TEMPORAL = 4;

    /** Times the median change; a way that leaps has 3 and more (docs/time-line.md). */
    private static final double MOST_JUMP = 1.5;

    @TempDir
    static Path folder;

    /** A clip as it was rendered. */
    private record Made(ReelLayout layout, List<byte[]> latents, List<byte[]> frames) {
        /** Number of the first latent of the last {@code count} that are shown. */
        int lastLatents(int count) {
            return latents.size() - count;
        }
    }

    @SuppressWarnings("NullAway.Init") // before all tests
    private Zoetrope zoetrope;

    @SuppressWarnings("NullAway.Init") // before all tests
    private Path first;

    @SuppressWarnings("NullAway.Init") // before all tests
    private Path second;

    @SuppressWarnings("NullAway.Init") // before all tests
    private Made firstMade;

    @SuppressWarnings("NullAway.Init") // before all tests
    private Made secondMade;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // after all tests
    void open() {
        zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(ShippedModel.folder()));
        first = folder.resolve("first.mp4");
        second = folder.resolve("second.mp4");
        firstMade = save(first, request().withFrames(9).withSeed(1));
        secondMade = save(second, request().withFrames(13).withSeed(2));
    }

    @AfterAll
    void close() {
        zoetrope.close();
    }

    private static RenderRequest request() {
        return RenderRequest.of("a red ball bounces over the sea")
                .withSize(24, 16)
                .withSteps(2);
    }

    private static RenderRequest edit(Edit edit) {
        return RenderRequest.of("a red ball bounces over the sea").withSteps(2).withEdit(edit);
    }

    private Made make(RenderRequest request) {
        try (Clip clip = zoetrope.render(request)) {
            return made(clip);
        }
    }

    private static Made made(Clip clip) {
        KeptFrames frames = new KeptFrames();
        clip.decodeTo(frames);
        ReelLayout layout = clip.latents().layout();
        assertEquals(clip.frames(), frames.frames().size());
        List<byte[]> latents = java.util.stream.IntStream.range(0, layout.latents())
                .mapToObj(slot -> clip.latents().latent(slot).toArray(ValueLayout.JAVA_BYTE))
                .toList();
        return new Made(layout, latents, frames.frames());
    }

    /** Renders a clip and writes it with its latents beside it. */
    private Made save(Path file, RenderRequest request) {
        try (Clip clip = zoetrope.render(request)) {
            clip.save(file);
            clip.saveLatents(LatentsFile.beside(file));
            return made(clip);
        }
    }

    private static void assertKept(Made kept, int latents, int frames, Made found, int atLatent, int atFrame) {
        for (int i = 0; i < latents; i++) {
            assertArrayEquals(kept.latents().get(i), found.latents().get(atLatent + i), "latent " + i);
        }
        for (int i = 0; i < frames; i++) {
            assertArrayEquals(kept.frames().get(i), found.frames().get(atFrame + i), "frame " + i);
        }
    }

    private static void assertKept(Made kept, Made found, int atLatent, int atFrame) {
        assertKept(kept, kept.latents().size(), kept.frames().size(), found, atLatent, atFrame);
    }

    @Test
    void anExtendedClipKeepsItsOwn() {
        Made longer = make(edit(new Edit.Extend(first, 1, false)));
        assertEquals(17, longer.frames().size());
        assertKept(firstMade, longer, 0, 0);
        assertFalse(Arrays.equals(longer.frames().get(8), longer.frames().get(16)), "something is made behind it");
    }

    /** 7 frames are 3 latents that hold 9: the two that were not shown are what comes next. */
    @Test
    void aClipWhoseLengthFillsNoLatentIsExtendedToo() {
        Path odd = folder.resolve("odd.mp4");
        Made made = save(odd, request().withFrames(7).withSeed(1));
        Made longer = make(edit(new Edit.Extend(odd, 1, false)));
        assertEquals(15, longer.frames().size());
        assertEquals(List.of(RunSpan.of(5, 15)), longer.layout().runs());
        assertKept(made, longer, 0, 0);
    }

    @Test
    void aClipExtendedInManyWindowsAndAgainKeepsItsOwn() {
        Path longer = folder.resolve("longer.mp4");
        RenderRequest request = edit(new Edit.Extend(first, 4, false))
                .withContinuity(new Continuity(4, 2, 0.1, true, 1))
                .withSteps(1);
        Made made = save(longer, request);
        assertEquals(41, made.frames().size());
        assertKept(firstMade, made, 0, 0);
        assertKept(made, make(edit(new Edit.Extend(longer, 1, false))), 0, 0);
    }

    @Test
    void whatIsMadeBeforeAClipLeavesItAsItIs() {
        Made longer = make(edit(new Edit.Extend(second, 1, true)));
        assertEquals(21, longer.frames().size());
        assertEquals(
                List.of(new RunSpan(3, 0, 8, true), RunSpan.of(4, 13)),
                longer.layout().runs());
        assertKept(secondMade, longer, 3, 8);
    }

    @Test
    void connectedClipsKeepTheirOwn() {
        Made whole = make(edit(new Edit.Connect(first, second, 1, Edit.Way.MADE)));
        assertEquals(9 + 7 + 13, whole.frames().size());
        assertKept(firstMade, whole, 0, 0);
        assertKept(secondMade, whole, whole.lastLatents(4), 16);
    }

    @Test
    void aLoopedClipKeepsItsOwn() {
        Made loop = make(edit(new Edit.Loop(first, 1)));
        assertEquals(16, loop.frames().size());
        assertKept(firstMade, loop, 0, 0);
    }

    /** The frames that a loop makes last are moved, by a rising share, by what its last one lacks of the first. */
    @Test
    void aLoopArrivesWhereItBegan() {
        Made loop = make(edit(new Edit.Loop(first, 1)));
        assertEquals(List.of(new RunSpan(5, 0, 16, true)), loop.layout().runs());
        List<byte[]> decoded = decoded(loop);
        assertEquals(17, decoded.size());
        byte[] beginning = loop.frames().getFirst();
        byte[] end = decoded.getLast();
        int moved = 0;
        for (int frame = 0; frame < 16; frame++) {
            int share = Math.max(0, frame - 12); // of TEMPORAL; the last latent begins with frame 13
            for (int i = 0; i < end.length; i++) {
                int lack = Byte.toUnsignedInt(beginning[i]) - Byte.toUnsignedInt(end[i]);
                int level = Byte.toUnsignedInt(decoded.get(frame)[i]) + Math.round((float) lack * share / TEMPORAL);
                assertEquals(
                        Math.clamp(level, 0, 255),
                        Byte.toUnsignedInt(loop.frames().get(frame)[i]),
                        "frame " + frame + ", sample " + i);
                moved += share > 0 && lack != 0 ? 1 : 0;
            }
        }
        assertTrue(moved > end.length / 10, "both decodes of the first frame differ: " + moved);
    }

    /** Clips that share nothing dissolve unasked; in windows that can be stopped anywhere, and without a jump. */
    @Test
    void strangersThatDissolveKeepTheirOwnAndDoNotJump() {
        Path night = folder.resolve("night.mp4");
        Path desert = folder.resolve("desert.mp4");
        RenderRequest usual = RenderRequest.of("a red ball moves right over the sea at night")
                .withSteps(8)
                .withFrames(16)
                .withSeed(3);
        Made nightMade = save(night, usual);
        Made desertMade = save(
                desert,
                RenderRequest.of("a blue star falls over the desert by day")
                        .withSteps(8)
                        .withFrames(16)
                        .withSeed(4));
        RenderRequest request = RenderRequest.of(usual.prompt()).withEdit(new Edit.Connect(night, desert, 3));
        Made whole = make(request);
        assertEquals(
                List.of(new RunSpan(11, 0, 40, true), RunSpan.of(4, 0), RunSpan.of(4, 0), RunSpan.of(5, 16)),
                whole.layout().runs());
        assertKept(nightMade, whole, 0, 0);
        assertKept(desertMade, whole, whole.lastLatents(5), 40);
        double[] changes = changes(whole.frames());
        double largest = Arrays.stream(changes, 15, 40).max().orElseThrow();
        double median = Arrays.stream(changes).sorted().toArray()[changes.length / 2];
        assertTrue(largest <= MOST_JUMP * median, "largest change " + largest + ", median " + median);
        for (int step : new int[] {3, 4, 9}) {
            resumed(request, step, whole);
        }
    }

    /** Mean difference of every frame from the one before it. */
    private static double[] changes(List<byte[]> frames) {
        double[] changes = new double[frames.size() - 1];
        for (int frame = 0; frame < changes.length; frame++) {
            byte[] before = frames.get(frame);
            byte[] after = frames.get(frame + 1);
            long sum = 0;
            for (int i = 0; i < after.length; i++) {
                sum += Math.abs(Byte.toUnsignedInt(after[i]) - Byte.toUnsignedInt(before[i]));
            }
            changes[frame] = (double) sum / after.length;
        }
        return changes;
    }

    /** What was mixed and is not shown stays behind, and so does what it was mixed from. */
    @Test
    void aDissolveThatGoesOnKeepsItsOwn() {
        Path both = folder.resolve("dissolved.mp4");
        Made made = save(both, edit(new Edit.Connect(first, second, 1, Edit.Way.DISSOLVE)));
        assertEquals(
                List.of(new RunSpan(5, 0, 16, true), RunSpan.of(3, 0), RunSpan.of(4, 13)),
                made.layout().runs());
        Made longer = make(edit(new Edit.Extend(both, 1, false)));
        assertKept(made, 5, made.frames().size(), longer, 0, 0);
        assertArrayEquals(made.latents().getLast(), longer.latents().get(5 + 4 - 1));
    }

    /** Two clips that were connected are kept, where they meet, too. */
    @Test
    void aConnectionThatGoesOnKeepsItsOwn() {
        Path both = folder.resolve("both.mp4");
        Made made = save(both, edit(new Edit.Connect(first, second, 1, Edit.Way.MADE)));
        assertTrue(made.layout().runs().getFirst().meets());
        assertKept(made, make(edit(new Edit.Extend(both, 1, false))), 0, 0);
    }

    /** The frames of a clip of one run as the codec alone has them, those that are not shown, too. */
    private static List<byte[]> decoded(Made clip) {
        ReelLayout layout = clip.layout();
        int frameBytes = layout.rows() * layout.columns() * 64 * 3;
        List<byte[]> frames = new ArrayList<>();
        try (NativeRuntime runtime = NativeRuntime.open(2, false);
                VideoModel model = runtime.openModel(ModelFolder.open(ShippedModel.folder()), false);
                GroupDecoder decoder = model.compressor().openDecoder(layout.rows(), layout.columns());
                Arena arena = Arena.ofShared()) {
            decoder.startRun();
            for (byte[] latent : clip.latents()) {
                MemorySegment there = arena.allocate(latent.length, 64).copyFrom(MemorySegment.ofArray(latent));
                byte[] group = decoder.decode(there).toArray(ValueLayout.JAVA_BYTE);
                for (int i = frames.isEmpty() ? TEMPORAL - 1 : 0; i < TEMPORAL; i++) {
                    frames.add(Arrays.copyOfRange(group, i * frameBytes, (i + 1) * frameBytes));
                }
            }
        }
        return frames;
    }

    /** Pictures that guide a clip are kept with its latents; they are no part of what is shown or gone on from. */
    @Test
    void aClipThatAPictureHasGuidedIsExtendedWithoutIt() {
        Path guided = folder.resolve("guided.mp4");
        Edit.Compose compose = new Edit.Compose(List.of(new Edit.Placed(picture(), 0.5, 0.6)), List.of(), false);
        Made made = save(guided, edit(compose).withFrames(9));
        assertEquals(List.of(RunSpan.of(3, 9), RunSpan.of(1, 0)), made.layout().runs());
        Made longer = make(edit(new Edit.Extend(guided, 1, false)));
        assertEquals(List.of(RunSpan.of(5, 17)), longer.layout().runs());
        assertKept(made, 3, 9, longer, 0, 0);
        assertEquals(16, make(edit(new Edit.Loop(guided, 1))).frames().size());
        assertEquals(
                3,
                make(edit(new Edit.Restyle(guided, 0.5, Optional.empty())))
                        .latents()
                        .size());
    }

    private Path picture() {
        Path picture = folder.resolve("picture.png");
        try (Clip clip = zoetrope.render(request().withFrames(1).withSeed(5))) {
            clip.save(picture);
        }
        return picture;
    }

    @Test
    void anAnimatedPictureIsTheFirstFrameAndOneAloneNeedsNothingMade() {
        Edit.Compose compose = new Edit.Compose(List.of(Edit.Placed.at(picture(), 0)), List.of(), false);
        Made still = make(edit(compose).withFrames(1));
        Made moving = make(edit(compose).withFrames(9));
        assertEquals(0, zoetrope.plan(edit(compose).withFrames(1)).windows());
        assertKept(still, moving, 0, 0);
        assertFalse(Arrays.equals(moving.frames().get(0), moving.frames().get(8)), "the picture moves");
    }

    @Test
    void aPictureAtTheEndOfALengthThatNobodySaidIsOnTheLastFrame() {
        Edit.Compose compose = new Edit.Compose(List.of(Edit.Placed.at(picture(), 5)), List.of(), false);
        assertEquals(41, zoetrope.plan(edit(compose)).frames());
    }

    @Test
    void aLengthThatTheClipsDecideCannotBeAskedFor() {
        RequestException refused = assertThrows(
                RequestException.class,
                () -> zoetrope.plan(edit(new Edit.Extend(first, 1, false)).withFrames(20)));
        assertEquals(
                "length: expected none, for it follows from the clips (17 frames), found 20 frames",
                refused.getMessage());
    }

    @Test
    void keyFramesOfAnInterpolationAreDecodedFromTheirOwnLatentsAlone() {
        Made twice = make(edit(new Edit.Interpolate(first)).withSteps(1));
        Made four = make(edit(new Edit.Interpolate(first)).withFps(32).withSteps(1));
        assertEquals(17, twice.frames().size());
        assertEquals(33, four.frames().size());
        try (NativeRuntime runtime = NativeRuntime.open(2, false);
                VideoModel model = runtime.openModel(ModelFolder.open(ShippedModel.folder()), false);
                GroupDecoder decoder = model.compressor().openDecoder(2, 3);
                Arena arena = Arena.ofShared()) {
            for (int key = 0; key < 9; key++) {
                byte[] latent = twice.latents().get(2 * key);
                // Every gap of four frames is a run of the key frame and one latent.
                assertArrayEquals(latent, four.latents().get(2 * key), "latent of key frame " + key);
                MemorySegment native64 = arena.allocate(latent.length, 64);
                native64.copyFrom(MemorySegment.ofArray(latent));
                decoder.startRun();
                byte[] group = decoder.decode(native64).toArray(ValueLayout.JAVA_BYTE);
                int frameBytes = 24 * 16 * 3;
                byte[] alone = Arrays.copyOfRange(group, (TEMPORAL - 1) * frameBytes, TEMPORAL * frameBytes);
                assertArrayEquals(alone, twice.frames().get(2 * key), "key frame " + key + " at 16 frames a second");
                assertArrayEquals(alone, four.frames().get(4 * key), "key frame " + key + " at 32 frames a second");
            }
        }
    }

    @Test
    void piecesInContextTakeTheModelsOwnStepsUnlessSomethingIsSaid() {
        RenderRequest plain = RenderRequest.of("a red ball").withSize(24, 16);
        RenderRequest smooth = plain.withEdit(new Edit.Interpolate(first));
        RenderRequest resolved = zoetrope.resolve(smooth);
        assertEquals(List.of(16, 4), steps(resolved));
        assertEquals(List.of(2.5, 1.0), guidance(resolved));
        assertEquals(List.of(9, 9), steps(zoetrope.resolve(smooth.withSteps(9))));
        assertEquals(List.of(9, 3), steps(zoetrope.resolve(smooth.withSteps(9).withContextSteps(3))));
        assertEquals(List.of(16, 3), steps(zoetrope.resolve(smooth.withContextSteps(3))));
        assertEquals(List.of(2, 2), steps(zoetrope.resolve(smooth.withSigmas(List.of(1.0, 0.5, 0.0)))));
        assertEquals(List.of(3.0, 3.0), guidance(zoetrope.resolve(smooth.withGuidance(3))));
        assertEquals(List.of(2.5, 3.0), guidance(zoetrope.resolve(smooth.withContextGuidance(3))));
        assertEquals(resolved, zoetrope.resolve(resolved));
    }

    /** One window that sees nothing and two that look back: what is planned is what is done. */
    @Test
    void aLongClipsFirstPieceTakesTheStepsOfARenderAndTheOthersThoseOfPiecesInContext() {
        RenderRequest request = RenderRequest.of("a red ball")
                .withSize(24, 16)
                .withFrames(1 + 4 * 6)
                .withSteps(3)
                .withContextSteps(1)
                .withContinuity(new Continuity(3, 1, 0, false, 0));
        int[] taken = {0};
        RenderOptions options = RenderOptions.defaults().withListener(new RenderListener() {
            @Override
            public void step(int step, int steps, Duration remaining) {
                taken[0]++;
                assertEquals(3 + 2, steps);
            }
        });
        try (Clip clip = zoetrope.render(request.withGuidance(2).withContextGuidance(1), options)) {
            assertEquals(25, clip.frames());
        }
        assertEquals(3 + 2, taken[0]);
        WorkPlan plan = zoetrope.plan(request.withGuidance(2).withContextGuidance(1));
        assertEquals(3, plan.windows());
        assertEquals(3 * 2 * 3 * (2 * 3 + 2), plan.work(), "3x2 cells, 3 latents a window");
        // A piece in context that is sampled otherwise becomes another piece: the setting reaches the sampler.
        List<byte[]> few = make(request).latents();
        List<byte[]> more = make(request.withContextSteps(2)).latents();
        assertArrayEquals(few.get(2), more.get(2));
        assertFalse(Arrays.equals(few.get(3), more.get(3)));
    }

    private static List<Integer> steps(RenderRequest request) {
        return List.of(request.steps().orElseThrow(), request.contextSteps().orElseThrow());
    }

    private static List<Double> guidance(RenderRequest request) {
        return List.of(
                request.guidance().orElseThrow(), request.contextGuidance().orElseThrow());
    }

    @Test
    void restylingALittleStaysNearAndFullyForgets() {
        // Enough steps for clips that look like clips: the network says little of use about others.
        Path one = folder.resolve("one.mp4");
        Path other = folder.resolve("other.mp4");
        Made oneMade =
                save(one, request().withSize(32, 32).withFrames(9).withSteps(12).withSeed(3));
        Made otherMade = save(
                other, request().withSize(32, 32).withFrames(9).withSteps(12).withSeed(4));
        Made little = make(edit(new Edit.Restyle(one, 0.05, Optional.empty())));
        Made half = make(edit(new Edit.Restyle(one, 0.6, Optional.empty())));
        Made full = make(edit(new Edit.Restyle(one, 1, Optional.empty())));
        double scale = distance(oneMade, otherMade);
        // Noise of level 0.05 goes in and most of it comes out again; two clips of one prompt are the scale.
        String found = "strength 0.05: " + distance(oneMade, little) + ", 0.6: " + distance(oneMade, half)
                + ", another clip: " + scale;
        assertTrue(distance(oneMade, little) < 0.25 * scale, found);
        assertTrue(distance(oneMade, little) > 0, found);
        assertTrue(distance(oneMade, half) > distance(oneMade, little), found);
        assertTrue(distance(half, make(edit(new Edit.Restyle(other, 0.6, Optional.empty())))) > 0);
        assertKept(full, make(edit(new Edit.Restyle(other, 1, Optional.empty()))), 0, 0);
    }

    /**
     * Root of the mean square between two clips' pixels, in levels. Not their latents': the network writes the layout of
     * things there, in large numbers, and a clip that was encoded comes without.
     */
    private static double distance(Made one, Made two) {
        double sum = 0;
        int count = 0;
        for (int frame = 0; frame < one.frames().size(); frame++) {
            byte[] a = one.frames().get(frame);
            byte[] b = two.frames().get(frame);
            for (int i = 0; i < a.length; i++, count++) {
                int difference = Byte.toUnsignedInt(a[i]) - Byte.toUnsignedInt(b[i]);
                sum += difference * difference;
            }
        }
        return Math.sqrt(sum / count);
    }

    /** Without latents, what is kept is what the codec makes of the file's frames in the size and at the rate wanted. */
    @Test
    void aClipOfAnotherSizeAndRateIsEncodedAtTheOnesOfTheFirst() {
        Path large = folder.resolve("large.mp4");
        try (Clip clip = zoetrope.render(
                request().withSize(48, 40).withFps(16).withFrames(18).withSteps(1))) {
            clip.save(large);
        }
        Made whole = make(edit(new Edit.Connect(first, large, 1)));
        assertEquals(9 + 7 + 9, whole.frames().size());
        assertKept(firstMade, whole, 0, 0);
        LatentGrid grid = new LatentGrid(24, 16, 9, 8, TEMPORAL);
        try (NativeRuntime runtime = NativeRuntime.open(2, false);
                VideoModel model = runtime.openModel(ModelFolder.open(ShippedModel.folder()), false);
                FootageReader reader = FootageReader.open(large, 24, 16, FrameRate.of(8));
                ClipEncoder encoder = ClipEncoder.open(model.compressor(), grid);
                Arena arena = Arena.ofShared()) {
            encoder.startRun();
            for (int group = 0; group < 3; group++) {
                for (int i = 0; i < (group == 0 ? 1 : TEMPORAL); i++) {
                    encoder.put(i, reader.next().orElseThrow());
                }
                if (group == 0) {
                    encoder.repeatFirst();
                }
                MemorySegment latent = arena.allocate(whole.latents().getFirst().length, TensorMemory.ALIGNMENT_BYTES);
                encoder.encode(latent);
                assertArrayEquals(
                        latent.toArray(ValueLayout.JAVA_BYTE),
                        whole.latents().get(whole.lastLatents(3) + group),
                        "latent " + group);
            }
            assertTrue(reader.next().isEmpty(), "18 frames at 16 a second are 9 at 8");
        }
    }

    @Test
    void anInterruptedEditGoesOnWhereItWas() {
        Continuity pieces = new Continuity(5, 2, 0.1, true, 0.5);
        RenderRequest extend = edit(new Edit.Extend(first, 4, false))
                .withContinuity(pieces)
                .withSteps(3)
                .withSampler(SamplerKind.UNIPC);
        Made whole = make(extend);
        int windows = zoetrope.plan(extend).windows();
        assertEquals(3, windows);
        // Inside the first window, between two, at the first step of the second, and inside the last.
        for (int step : new int[] {2, 3, 4, 8}) {
            resumed(extend, step, whole);
        }
        RenderRequest packed = request().withFrames(65).withSteps(2).withEdit(new Edit.KeyFrames(8));
        resumed(packed, 5, make(packed));
        RenderRequest restyle = edit(new Edit.Restyle(first, 0.8, Optional.empty()))
                .withContinuity(new Continuity(2, 1, 0, false, 0))
                .withSteps(4)
                .withSigmas(List.of(1.0, 0.7, 0.5, 0.3, 0.0))
                .withSampler(SamplerKind.DDPM);
        resumed(restyle, 6, make(restyle));
    }

    private void resumed(RenderRequest request, int cancelledAfter, Made whole) {
        Path checkpoint = folder.resolve("render.checkpoint");
        int[] steps = {0};
        RenderListener listener = new RenderListener() {
            @Override
            public void step(int step, int of, Duration remaining) {
                steps[0] = step;
            }

            @Override
            public boolean cancelled() {
                return steps[0] == cancelledAfter;
            }
        };
        RenderOptions options = RenderOptions.defaults().withCheckpoint(checkpoint);
        assertThrows(RenderCancelledException.class, () -> {
            try (Clip clip = zoetrope.render(request, options.withListener(listener))) {
                fail(clip.frames() + " frames were made after all");
            }
        });
        try (Clip clip = zoetrope.resume(checkpoint, RenderOptions.defaults())) {
            Made found = made(clip);
            assertEquals(whole.layout(), found.layout());
            assertKept(whole, found, 0, 0);
        }
    }
}
