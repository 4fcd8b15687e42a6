package dev.zoetrope.runtime.timeline;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.timeline.Composition.Kept;
import dev.zoetrope.runtime.timeline.Composition.Shot;
import dev.zoetrope.runtime.timeline.Composition.Still;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompositionTest {
    private static final Windowing USUAL = new Windowing(7, 2, 0.05, true, 0);
    private static final List<Shot> ONE_SHOT = List.of(new Shot(0, false));

    private static LatentGrid grid(int temporal) {
        return new LatentGrid(16, 24, 1, 8, temporal);
    }

    private static PlanCheck check(Composition composition, Windowing windowing) {
        return new PlanCheck(composition.plan(grid(4), 8, windowing), composition.toString());
    }

    private static Composition with(int frames, List<Kept> kept, List<Still> stills) {
        return new Composition(frames, kept, stills, ONE_SHOT, false);
    }

    private static Kept clip(int atFrame, int latents, int frames) {
        return new Kept(atFrame, List.of(RunSpan.of(latents, frames)));
    }

    /** A composition of anything anywhere, the windowing and the frames in a latent. */
    private record Drawn(Composition composition, Windowing windowing, int temporal, double fps) {
        static Drawn of(Random random) {
            int temporal = random.nextBoolean() ? 4 : 1 + random.nextInt(5);
            List<Kept> kept = new ArrayList<>();
            int end = 0;
            for (int i = random.nextInt(4); i > 0; i--) {
                end += random.nextInt(3) == 0 ? 0 : random.nextInt(random.nextBoolean() ? 10 : 120);
                Kept clip = new Kept(end, runs(random, temporal));
                kept.add(clip);
                end = clip.endFrame();
            }
            int frames = Math.max(1, end + (random.nextInt(3) == 0 ? 0 : random.nextInt(90)));
            int latents = 2 + random.nextInt(8);
            Windowing windowing = new Windowing(
                    latents,
                    1 + random.nextInt(latents - 1),
                    random.nextInt(3) * 0.1,
                    random.nextBoolean(),
                    random.nextInt(3) / 2.0);
            Composition composition = new Composition(
                    frames, kept, stills(random, frames, kept), shots(random, frames, kept), random.nextInt(3) == 0);
            return new Drawn(
                    composition,
                    windowing,
                    temporal,
                    List.of(8.0, 12.0, 24000 / 1001.0).get(random.nextInt(3)));
        }

        private static List<RunSpan> runs(Random random, int temporal) {
            List<RunSpan> runs = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                int latents = 1 + random.nextInt(4);
                int coded = 1 + temporal * (latents - 1);
                runs.add(RunSpan.of(latents, random.nextBoolean() ? coded : 1 + random.nextInt(coded)));
                if (random.nextInt(4) == 0) {
                    runs.add(RunSpan.of(1, 0)); // a picture that guided the clip, kept with its latents
                }
            }
            return runs;
        }

        private static List<Still> stills(Random random, int frames, List<Kept> kept) {
            List<Still> stills = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                int frame = random.nextInt(4) == 0 ? (random.nextBoolean() ? 0 : frames - 1) : random.nextInt(frames);
                if (!isKept(frame, kept) && stills.stream().noneMatch(still -> still.frame() == frame)) {
                    stills.add(new Still(frame, random.nextBoolean() ? 1 : 0.5));
                }
            }
            return stills;
        }

        /** Also frames that a kept run has coded but does not show: when more is wanted, they are what comes. */
        private static boolean isKept(int frame, List<Kept> kept) {
            return kept.stream().anyMatch(clip -> frame >= clip.atFrame() && frame < clip.endFrame() + 16);
        }

        private static List<Shot> shots(Random random, int frames, List<Kept> kept) {
            List<Shot> shots = new ArrayList<>(ONE_SHOT);
            Set<Integer> begins = new TreeSet<>();
            for (int i = random.nextInt(4); i > 0 && frames > 1; i--) {
                begins.add(1 + random.nextInt(frames - 1));
            }
            for (int frame : begins) {
                boolean inside = kept.stream().anyMatch(clip -> frame > clip.atFrame() && frame < clip.endFrame());
                shots.add(new Shot(frame, !inside && random.nextBoolean()));
            }
            return shots;
        }

        /** Number of the cuts at or before a frame. */
        int shot(int frame) {
            return (int) composition.shots().stream()
                    .filter(shot -> shot.cut() && shot.fromFrame() > 0 && shot.fromFrame() <= frame)
                    .count();
        }
    }

    /** Everything that holds for every plan, over plans of all kinds. */
    @Test
    void everyPlanMakesWhatIsMissingAndNothingElse() {
        long seed = 20261123;
        Random random = new Random(seed);
        int windows = 0;
        for (int i = 0; i < 3000; i++) {
            Drawn drawn = Drawn.of(random);
            String where = "composition " + i + " of seed " + seed + ", " + drawn;
            LinePlan plan = assertDoesNotThrow(
                    () -> drawn.composition().plan(grid(drawn.temporal()), drawn.fps(), drawn.windowing()), where);
            PlanCheck check = new PlanCheck(plan, where);
            assertEquals(drawn.composition().frames(), plan.reel().frames(), where);
            check.everyLatentHasOneOrigin();
            check.runsMeetOnAFrameOfBoth();
            keptFramesAreTheirOwn(drawn, check, where);
            for (Window window : plan.windows()) {
                check.timesAreThoseOfTheTimeLine(
                        window, drawn.composition().loop() ? drawn.composition().frames() : 0);
                isNotTooLarge(drawn, window, where);
                looksAcrossNoCut(drawn, check, window, where);
            }
            runsLeadUpToWhatFollows(drawn, check, where);
            stillsAreWhereTheyBelong(drawn, check, where);
            windows += plan.windows().size();
        }
        assertTrue(windows > 10_000, "the compositions drawn want something made: " + windows + " windows");
    }

    private static void keptFramesAreTheirOwn(Drawn drawn, PlanCheck check, String where) {
        for (int i = 0; i < drawn.composition().kept().size(); i++) {
            Kept clip = drawn.composition().kept().get(i);
            int frame = clip.atFrame();
            int latent = 0;
            for (RunSpan run : clip.runs()) {
                for (int shown = 0; shown < run.frames(); shown++, frame++) {
                    int slot = check.slotOf(frame);
                    assertEquals(i, check.source[slot], where + ": input of frame " + frame);
                    assertEquals(
                            latent + Math.ceilDiv(shown, drawn.temporal()),
                            check.sourceLatent[slot],
                            where + ": the input's latent on frame " + frame);
                    assertEquals(
                            shown == 0 ? 0 : 1 + (shown - 1) / drawn.temporal(),
                            check.cells.get(slot).index());
                }
                latent += run.latents();
            }
        }
    }

    /** As many as set, twice as many on the way to something; beside them what follows, the beginning, and pictures between the cells. */
    private static void isNotTooLarge(Drawn drawn, Window window, String where) {
        int most = drawn.windowing().latents() * (leads(window) ? Windowing.LARGER_TOWARD : 1);
        long made = window.latents().stream().filter(Placement::isMade).count();
        long extra = window.latents().stream()
                .filter(latent -> latent.at().role() == TokenRole.EXTRA_REFERENCE
                        || latent.at().role() == TokenRole.TIMELESS_REFERENCE)
                .count();
        assertTrue(made <= most, where + ": " + made + " latents are made in a window");
        assertTrue(
                window.latents().size() - extra <= most + drawn.windowing().context(),
                where + ": " + window.latents().size() + " latents in a window, " + extra + " beside the grid");
        assertTrue(extra <= 2 + drawn.composition().stills().size(), where + ": " + extra + " latents beside the grid");
    }

    /** Whether it is shown something that begins in the last latent it makes, or later. */
    private static boolean leads(Window window) {
        double last = window.latents().stream()
                .filter(Placement::isMade)
                .mapToDouble(CompositionTest::startSeconds)
                .max()
                .orElseThrow();
        return window.latents().stream()
                .filter(latent -> !latent.isMade() && latent.at().role() != TokenRole.TIMELESS_REFERENCE)
                .anyMatch(latent -> startSeconds(latent) > last - 1e-6);
    }

    private static double startSeconds(Placement latent) {
        return latent.at().centreSeconds() - latent.at().spanSeconds() / 2;
    }

    private static void looksAcrossNoCut(Drawn drawn, PlanCheck check, Window window, String where) {
        Set<Integer> shots = new TreeSet<>();
        double turn = drawn.composition().loop() ? drawn.composition().frames() : Double.NaN;
        Placement anyMade =
                window.latents().stream().filter(Placement::isMade).findFirst().orElseThrow();
        double base = check.cells.get(anyMade.slot()).firstFrame() - check.windowFrame(anyMade);
        for (Placement latent : window.latents()) {
            boolean turned = Math.abs(check.windowFrame(latent)
                            + base
                            - check.cells.get(latent.slot()).firstFrame()
                            - turn)
                    < PlanCheck.ROUNDING_FRAMES;
            if (check.isShown(latent.slot()) && (latent.isMade() || !turned)) {
                shots.add(drawn.shot(check.shownStart(latent.slot())));
            }
        }
        assertEquals(1, shots.size(), where + ": shots that a window looks at, " + window);
        int prompt = window.prompt();
        int shot = shots.iterator().next();
        Shot begun = drawn.composition().shots().get(prompt);
        assertEquals(shot, drawn.shot(begun.fromFrame()), where + ": the prompt is of the same shot");
    }

    /** A run that is made up to another one has coded that one's first frame too, and has seen it. */
    private static void runsLeadUpToWhatFollows(Drawn drawn, PlanCheck check, String where) {
        int frames = drawn.composition().frames();
        for (int slot = 0; slot < check.cells.size(); slot++) {
            int end = check.shownEnd(slot);
            boolean last = slot + 1 == check.cells.size()
                    || check.cells.get(slot + 1).run() != check.cells.get(slot).run();
            if (!last || check.made[slot] == 0) {
                continue;
            }
            boolean follows = end < frames
                    ? drawn.shot(end) == drawn.shot(end - 1)
                    : drawn.composition().loop() && frames > 1;
            if (!follows) {
                continue;
            }
            PlanCheck.Cell cell = check.cells.get(slot);
            int next = check.slotOf(end % frames);
            boolean over = drawn.composition().shots().stream().anyMatch(shot -> shot.fromFrame() == end);
            int made = slot;
            Window maker = check.plan().windows().stream()
                    .filter(window ->
                            window.latents().stream().anyMatch(latent -> latent.isMade() && latent.slot() == made))
                    .findFirst()
                    .orElseThrow();
            if (over && maker.latents().stream().noneMatch(latent -> latent.slot() == next)) {
                continue; // a shot that is too short to go over into the next one
            }
            assertTrue(cell.firstFrame() + cell.span() > end, where + ": frame " + end + " is coded before it, too");
            assertEquals(0, check.cells.get(next).index(), where + ": what follows begins a run");
            Placement own = placement(maker, slot);
            Placement following = placement(maker, next, TokenRole.EXTRA_REFERENCE);
            assertEquals(
                    end - cell.firstFrame(),
                    check.windowFrame(following) - check.windowFrame(own),
                    PlanCheck.ROUNDING_FRAMES,
                    where + ": what follows stands right behind the end");
        }
    }

    private static Placement placement(Window window, int slot) {
        return window.latents().stream()
                .filter(latent -> latent.slot() == slot && latent.at().role() != TokenRole.TIMELESS_REFERENCE)
                .findFirst()
                .orElseThrow(() -> new AssertionError("slot " + slot + " is not in " + window));
    }

    private static Placement placement(Window window, int slot, TokenRole role) {
        return window.latents().stream()
                .filter(latent -> latent.slot() == slot && latent.at().role() == role)
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new AssertionError("slot " + slot + " is not " + role + " in " + window));
    }

    private static void stillsAreWhereTheyBelong(Drawn drawn, PlanCheck check, String where) {
        Composition composition = drawn.composition();
        for (int i = 0; i < composition.stills().size(); i++) {
            Still still = composition.stills().get(i);
            int input = composition.kept().size() + i;
            List<Integer> slots = IntStream.range(0, check.cells.size())
                    .filter(slot -> check.source[slot] == input)
                    .boxed()
                    .toList();
            assertEquals(1, slots.size(), where + ": places of picture " + i);
            int slot = slots.getFirst();
            if (check.isShown(slot)) {
                assertEquals(still.frame(), check.cells.get(slot).firstFrame(), where + ": frame of picture " + i);
                assertEquals(1, still.strength(), where + ": a hint is not shown");
                continue;
            }
            List<Window> guided = check.plan().windows().stream()
                    .filter(window -> window.latents().stream().anyMatch(latent -> latent.slot() == slot))
                    .toList();
            assertEquals(1, guided.size(), where + ": windows that see picture " + i);
            Placement guide = placement(guided.getFirst(), slot, TokenRole.EXTRA_REFERENCE);
            assertEquals(1 - still.strength(), guide.heldSigma(), 1e-12, where);
            Placement shown = placement(guided.getFirst(), check.slotOf(still.frame()));
            double frame = check.windowFrame(guide)
                    - check.windowFrame(shown)
                    + check.cells.get(shown.slot()).firstFrame();
            assertEquals(still.frame(), frame, PlanCheck.ROUNDING_FRAMES, where + ": time of picture " + i);
        }
    }

    @Test
    void aClipThatFitsAWindowIsOneRunInOneWindow() {
        for (int frames = 1; frames <= 25; frames++) {
            LatentGrid grid = new LatentGrid(16, 24, frames, 8, 4);
            assertEquals(LinePlan.ofRun(grid, 8), Composition.of(frames).plan(grid, 8, USUAL), frames + " frames");
        }
    }

    @Test
    void aLongClipIsOneRunOfEvenWindows() {
        PlanCheck check = check(Composition.of(1 + 4 * 20), USUAL);
        assertEquals(List.of(RunSpan.of(21, 81)), check.plan().reel().runs());
        List<Integer> fresh = check.plan().windows().stream()
                .map(window -> (int)
                        window.latents().stream().filter(Placement::isMade).count())
                .toList();
        assertEquals(List.of(7, 5, 5, 4), fresh);
        assertEquals(List.of(25, 45, 65), check.plan().joins());
        Window second = check.plan().windows().get(1);
        assertEquals(
                List.of(5, 6),
                second.latents().subList(0, 2).stream().map(Placement::slot).toList());
        assertEquals(0.05, second.latents().getFirst().heldSigma());
        assertEquals(
                new Placement(0, new LatentGroup(TokenRole.TIMELESS_REFERENCE, 0, 0), 0),
                second.latents().getLast(),
                "the clip's beginning, without a time");
    }

    /** Whatever leads to something meets it; what ends, or goes over by a cut, does not. */
    @Test
    void runsMeetWhatTheyLeadTo() {
        assertEquals(
                List.of(true, false), meetings(with(9 + 7 + 5, List.of(clip(0, 3, 9), clip(16, 2, 5)), List.of())));
        assertEquals(List.of(true, false), meetings(with(8 + 5, List.of(clip(8, 2, 5)), List.of())), "backward");
        assertEquals(List.of(false), meetings(with(9 + 8, List.of(clip(0, 3, 9)), List.of())), "forward");
        assertEquals(
                List.of(true), meetings(new Composition(9 + 7, List.of(clip(0, 3, 9)), List.of(), ONE_SHOT, true)));
        assertEquals(
                List.of(false, false),
                meetings(new Composition(
                        16, List.of(), List.of(), List.of(new Shot(0, false), new Shot(8, true)), false)),
                "cut");
        assertEquals(
                List.of(false),
                meetings(with(9 + 8, List.of(new Kept(0, List.of(new RunSpan(3, 0, 8, true)))), List.of())),
                "a loop that goes on");
    }

    /** The first clip's run goes on, seeing nothing of the second, which gets a past in runs that are not shown. */
    @Test
    void clipsThatDissolveAreGoneOnFromBothSides() {
        Kept second = new Kept(9 + 23, List.of(RunSpan.of(2, 5)), OptionalInt.of(1));
        PlanCheck check = check(with(9 + 23 + 5, List.of(clip(0, 3, 9), second), List.of()), USUAL);
        check.everyLatentHasOneOrigin();
        check.runsMeetOnAFrameOfBoth();
        LinePlan plan = check.plan();
        assertEquals(
                List.of(new RunSpan(9, 0, 32, true), RunSpan.of(4, 0), RunSpan.of(4, 0), RunSpan.of(2, 5)),
                plan.reel().runs());
        assertEquals(List.of(new LinePlan.Dissolve(0, 3, 2)), plan.dissolves());
        int run = 9;
        int past = 9 + 8;
        List<Integer> prompts = new ArrayList<>();
        for (Window window : plan.windows()) {
            boolean goesOn = window.latents().getFirst().slot() < run;
            assertTrue(
                    window.latents().stream().allMatch(latent -> (latent.slot() < run) == goesOn),
                    "a window looks at one side only: " + window);
            prompts.add(window.prompt());
            if (goesOn) {
                check.timesAreThoseOfTheTimeLine(window, 0);
            }
        }
        assertEquals(List.of(0, 0, 1, 1), prompts);
        Window last = plan.windows().get(2);
        assertEquals(past - 4, last.latents().getFirst().slot(), "the last of the past is made first");
        assertEquals(
                check.windowFrame(last.latents().getFirst()) + 12,
                check.windowFrame(placement(last, past, TokenRole.EXTRA_REFERENCE)),
                PlanCheck.ROUNDING_FRAMES,
                "its last frame is the second clip's first");
        assertEquals(List.of(9, 21, 32), plan.joins());
    }

    @Test
    void aDissolveNeedsAPastAsLongAsWhatGoesOn() {
        Kept second = new Kept(9 + 7, List.of(RunSpan.of(2, 5)), OptionalInt.of(1));
        LinePlan plan =
                with(9 + 7 + 5, List.of(clip(0, 3, 9), second), List.of()).plan(grid(4), 8, USUAL);
        LinePlan.Dissolve dissolve = plan.dissolves().getFirst();
        assertEquals(new LinePlan.Dissolve(0, 3, 1), dissolve);
        for (LinePlan.Dissolve wrong : List.of(
                new LinePlan.Dissolve(0, 4, 1), new LinePlan.Dissolve(0, 3, 2), new LinePlan.Dissolve(1, 1, 1))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new LinePlan(plan.reel(), plan.given(), plan.windows(), List.of(wrong)));
        }
    }

    private static List<Boolean> meetings(Composition composition) {
        return check(composition, USUAL).plan().reel().runs().stream()
                .map(RunSpan::meets)
                .toList();
    }

    @Test
    void matchingComparesWithTheBeginning() {
        PlanCheck check = check(Composition.of(1 + 4 * 20), new Windowing(7, 2, 0, false, 0.5));
        assertTrue(check.plan().windows().getFirst().likeness().isNone());
        for (Window window : check.plan().windows().subList(1, 4)) {
            assertEquals(new Likeness(List.of(0, 1, 2, 3, 4, 5, 6), 0.5), window.likeness());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void aGapBetweenClipsOfAnyLengthIsClosed(int gap) {
        PlanCheck check = check(with(9 + gap + 9, List.of(clip(0, 3, 9), clip(9 + gap, 3, 9)), List.of()), USUAL);
        int added = Math.ceilDiv(gap + 1, 4);
        boolean aligned = (gap + 1) % 4 == 0;
        assertEquals(
                List.of(new RunSpan(3 + added, 0, 9 + gap, aligned), RunSpan.of(3, 9)),
                check.plan().reel().runs());
        Window window = check.plan().windows().getFirst();
        assertEquals(1, check.plan().windows().size());
        int first = 3 + added; // the slot of the second clip's first latent
        assertEquals(
                (9 + gap + 0.5 - 7) / 8, // frame 9 + gap, and the middle of frames 5 to 8
                placement(window, first).at().centreSeconds()
                        - placement(window, 2).at().centreSeconds(),
                1e-9);
        assertEquals(
                aligned,
                window.latents().stream().anyMatch(latent -> latent.slot() == first + 1),
                "latents behind the first frame are on the grid of the run only where it ends on that frame");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 77})
    void aGapBeforeAClipEndsOnItsFirstFrame(int gap) {
        PlanCheck check = check(with(gap + 9, List.of(clip(gap, 3, 9)), List.of()), USUAL);
        List<RunSpan> runs = check.plan().reel().runs();
        int from = 0;
        for (RunSpan run : runs.subList(0, runs.size() - 1)) {
            from += run.frames();
            assertTrue(run.codedFrames(4) > run.frames(), "the first frame of what follows is coded, too: " + run);
            assertTrue(run.frames() <= 20, "made in one window: " + run);
        }
        assertEquals(gap, from);
        List<Integer> places = check.plan().windows().stream()
                .map(window -> check.shownStart(window.latents().getFirst().slot()))
                .toList();
        assertEquals(
                places.stream().sorted((a, b) -> b - a).toList(),
                places,
                "the last before the kept clip is made first");
    }

    @Test
    void framesThatAKeptRunHasCodedAreShownBeforeAnyAreMade() {
        // 3 latents hold 9 frames, of which the clip shows 7: the gap of 5 needs 3 more.
        PlanCheck check = check(with(12, List.of(clip(0, 3, 7)), List.of()), USUAL);
        assertEquals(List.of(RunSpan.of(4, 12)), check.plan().reel().runs());
        assertEquals(1, check.plan().windows().size());
        assertEquals(
                0,
                check(with(9, List.of(clip(0, 3, 7)), List.of()), USUAL)
                        .plan()
                        .windows()
                        .size());
    }

    /** The latents of a clip that pictures have guided hold those pictures, too, at the end. */
    @Test
    void whatAClipDoesNotShowIsNotGoneOnFrom() {
        Kept clip = new Kept(0, List.of(RunSpan.of(3, 9), RunSpan.of(1, 0)));
        PlanCheck check = check(with(13, List.of(clip), List.of()), USUAL);
        assertEquals(List.of(RunSpan.of(4, 13)), check.plan().reel().runs());
        assertEquals(List.of(new LinePlan.Given(0, 0, 0, 3)), check.plan().given());
    }

    @Test
    void picturesOnTheFirstMiddleAndLastFrame() {
        PlanCheck check =
                check(with(17, List.of(), List.of(new Still(0, 1), new Still(8, 1), new Still(16, 0.7))), USUAL);
        assertEquals(
                List.of(RunSpan.of(5, 17), RunSpan.of(1, 0), RunSpan.of(1, 0)),
                check.plan().reel().runs());
        Window window = check.plan().windows().getFirst();
        assertEquals(
                new Placement(0, new LatentGroup(TokenRole.REFERENCE, 1 / 16.0, 1 / 8.0), 0), placement(window, 0));
        assertEquals(
                new Placement(5, new LatentGroup(TokenRole.EXTRA_REFERENCE, 8.5 / 8, 1 / 8.0), 0),
                placement(window, 5));
        assertEquals(0.3, placement(window, 6).heldSigma(), 1e-12);
        assertEquals(16.5 / 8, placement(window, 6).at().centreSeconds(), 1e-12);
    }

    /** A run's last latent may code more than is shown; what lies there belongs to others. */
    @Test
    void aPictureBehindACutDoesNotGuideTheShotBefore() {
        List<Shot> shots = List.of(new Shot(0, false), new Shot(3, true));
        for (double strength : new double[] {1, 0.5}) {
            Composition composition = new Composition(10, List.of(), List.of(new Still(4, strength)), shots, false);
            PlanCheck check = check(composition, USUAL);
            List<Integer> guided = IntStream.range(0, 2)
                    .filter(i -> check.plan().windows().get(i).latents().stream()
                            .anyMatch(latent -> latent.at().role() != TokenRole.NOISY))
                    .boxed()
                    .toList();
            assertEquals(List.of(1), guided, "windows that see the picture, strength " + strength);
        }
    }

    @Test
    void aPictureInsideAKeptClipIsRefused() {
        for (int frame : new int[] {6, 7, 14}) { // the first is coded by the run that leads up to the clip, too
            Composition composition = with(20, List.of(clip(6, 3, 9)), List.of(new Still(frame, 1)));
            String message = assertThrows(RequestException.class, () -> composition.plan(grid(4), 8, USUAL))
                    .getMessage();
            assertEquals(
                    "picture: expected on a frame that is to be made, found on frame " + frame
                            + " of a clip that is kept (leave the picture away, or cut the clip there)",
                    message);
        }
    }

    @Test
    void aShotGoesOverIntoTheNextByTheWayBetweenThem() {
        List<Shot> shots = List.of(new Shot(0, false), new Shot(40, false));
        PlanCheck check = check(new Composition(65, List.of(), List.of(), shots, false), USUAL);
        // A second of 7 frames before the second shot: 33 frames of the first end whole, the 8th is the second's first.
        assertEquals(
                List.of(new RunSpan(11, 0, 40, true), RunSpan.of(7, 25)),
                check.plan().reel().runs());
        assertEquals(
                List.of(0, 0, 1, 0),
                check.plan().windows().stream().map(Window::prompt).toList());
        Window over = check.plan().windows().getLast();
        assertEquals(
                List.of(9, 10),
                over.latents().stream()
                        .filter(Placement::isMade)
                        .map(Placement::slot)
                        .toList());
        assertEquals(TokenRole.EXTRA_REFERENCE, placement(over, 11).at().role());
        assertEquals(TokenRole.REFERENCE, placement(over, 12).at().role());
        Window second = check.plan().windows().get(2);
        assertTrue(second.latents().stream().allMatch(Placement::isMade), "the next shot does not see the first");
    }

    @Test
    void aShotThatIsTooShortToGoOverIsCut() {
        List<Shot> shots = List.of(new Shot(0, false), new Shot(7, false));
        PlanCheck check = check(new Composition(16, List.of(), List.of(), shots, false), USUAL);
        assertEquals(
                List.of(RunSpan.of(3, 7), RunSpan.of(3, 9)), check.plan().reel().runs());
        for (Window window : check.plan().windows()) {
            assertTrue(window.latents().stream().allMatch(Placement::isMade));
        }
    }

    @Test
    void aLoopOfAPromptLeadsBackToItsOwnBeginning() {
        Composition composition = new Composition(24, List.of(), List.of(), ONE_SHOT, true);
        PlanCheck check = check(composition, USUAL);
        assertEquals(
                List.of(new RunSpan(7, 0, 24, true)),
                check.plan().reel().runs(),
                "25 frames are coded, the last is the first");
        Window back = check.plan().windows().getLast();
        Placement first = placement(back, 0, TokenRole.EXTRA_REFERENCE);
        Placement last = placement(back, 6, TokenRole.NOISY);
        assertEquals(0.5 / 8, first.at().centreSeconds() - (last.at().centreSeconds() + 1 / 8.0), 1e-12);
        Placement second = placement(back, 1, TokenRole.REFERENCE); // it is looked back at, too, a turn earlier
        assertEquals(4 / 8.0, second.at().centreSeconds() - last.at().centreSeconds(), 1e-12);
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheNearest() {
        assertEquals(
                "clip: expected to begin where the one before it has ended, frame 9 or later, found frame 8"
                        + " (nearest that works: 9)",
                refused(() -> with(40, List.of(clip(0, 3, 9), clip(8, 3, 9)), List.of())));
        assertEquals(
                "clip: expected to begin where the one before it has ended, frame 0 or later, found frame -1"
                        + " (nearest that works: 0)",
                refused(() -> with(40, List.of(clip(-1, 3, 9)), List.of())));
        assertEquals(
                "time line: expected at least 14 frames, for that is where its last clip ends, found 13"
                        + " (nearest that works: 14)",
                refused(() -> with(13, List.of(clip(5, 3, 9)), List.of())));
        assertEquals(
                "picture: expected on frame 0 to 12, found on frame 13 (nearest that works: 12)",
                refused(() -> with(13, List.of(), List.of(new Still(13, 1)))));
        assertEquals(
                "strength of a picture: expected more than 0 and at most 1, found 0.0",
                refused(() -> with(13, List.of(), List.of(new Still(1, 0)))));
        assertEquals(
                "shot: expected the first at frame 0, each after the one before it and all before frame 13, found"
                        + " frame 13",
                refused(() -> new Composition(
                        13, List.of(), List.of(), List.of(new Shot(0, false), new Shot(13, true)), false)));
        assertTrue(refused(() -> new Composition(13, List.of(), List.of(), List.of(new Shot(1, true)), false))
                .endsWith("found frame 1"));
        assertEquals(
                "shots: expected at least one, found none",
                refused(() -> new Composition(13, List.of(), List.of(), List.of(), false)));
    }

    private static String refused(org.junit.jupiter.api.function.Executable executable) {
        return String.valueOf(assertThrows(RequestException.class, executable).getMessage());
    }
}
