package dev.zoetrope.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.endtoend.ClipJudge;
import dev.zoetrope.endtoend.FrameCollector;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.sample.StepCounters;
import dev.zoetrope.runtime.sample.StepSavings;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * What leaving out parts of steps saves and costs: denoising time, the pixels' distance from those of whole steps, and how many clips
 * show what their prompt says (the statistical judge of docs/flipbook.md). Fewer steps stand beside it, for who wants to save time can have
 * that too. Prompts and seeds are the same for all.
 *
 * <p>Arguments: clips.
 */
public final class StepSavingsBenchmark {
    private static final Map<String, String> MOTIONS = Map.of(
            "left",
            "moves to the left",
            "right",
            "moves to the right",
            "up",
            "rises",
            "down",
            "falls",
            "still",
            "stays still");
    private static final Map<String, String> GROUNDS = Map.of(
            "sky",
            "in the sky",
            "sea",
            "over the sea",
            "meadow",
            "over a meadow",
            "desert",
            "over the desert",
            "snow",
            "over a snowy field",
            "city",
            "over the city");
    private static final List<String> SHAPES =
            List.of("ball", "square", "triangle", "star", "heart", "ring", "cross", "moon");
    private static final Map<String, String> TIMES =
            Map.of("day", "by day", "night", "at night", "sunset", "at sunset");

    private StepSavingsBenchmark() {}

    /** A prompt and what it says. */
    private record Wish(String colour, String shape, String motion, String ground, String time) {
        String prompt() {
            return "a " + colour + " " + shape + " " + MOTIONS.get(motion) + " " + GROUNDS.get(ground) + " "
                    + TIMES.get(time);
        }
    }

    /** How the clips are made. */
    private record Setting(String name, int steps, StepSavings savings) {}

    /** Prints a table. */
    public static void main(String[] arguments) throws Exception {
        int clips = Integer.parseInt(arguments[0]);
        JsonNode world = new ObjectMapper()
                .readTree(Files.readString(
                        Diagnostics.modelFolder(Optional.empty()).resolve("transformer/config.json")))
                .path("world");
        List<Wish> wishes = wishes(world, clips);
        int usual = 16;
        StepSavings none = StepSavings.NONE;
        List<Setting> settings = List.of(
                new Setting("whole steps", usual, none),
                new Setting("guidance to 0.75", usual, new StepSavings(0, 0, 0.75)),
                new Setting("guidance to 0.5", usual, new StepSavings(0, 0, 0.5)),
                new Setting("guidance from 0.25", usual, new StepSavings(0, 0.25, 1)),
                new Setting("reuse 0.02", usual, new StepSavings(0.02, 0, 1)),
                new Setting("reuse 0.05", usual, new StepSavings(0.05, 0, 1)),
                new Setting("reuse 0.1", usual, new StepSavings(0.1, 0, 1)),
                new Setting("reuse 0.2", usual, new StepSavings(0.2, 0, 1)),
                new Setting("reuse 0.05, guidance to 0.75", usual, new StepSavings(0.05, 0, 0.75)),
                new Setting("12 whole steps", 12, none),
                new Setting("8 whole steps", 8, none));
        System.out.println("| | tokens | denoising | PSNR to whole steps | thing seen | background | motion |");
        System.out.println("|---|---|---|---|---|---|---|");
        List<Sums> sums = settings.stream().map(_ -> new Sums()).toList();
        try (Zoetrope zoetrope = Zoetrope.open()) {
            zoetrope.measure();
            for (int number = 0; number < wishes.size(); number++) {
                Wish wish = wishes.get(number);
                List<byte[]> whole = List.of();
                for (int i = 0;
                        i < settings.size();
                        i++) { // side by side, so that what else the machine does meets all
                    Setting setting = settings.get(i);
                    RenderRequest request = RenderRequest.of(wish.prompt())
                            .withSeed(number + 1L)
                            .withSteps(setting.steps)
                            .withSavings(setting.savings);
                    StepCounters before = zoetrope.steps();
                    try (Clip clip = zoetrope.render(request)) {
                        FrameCollector frames = new FrameCollector();
                        clip.decodeTo(frames);
                        whole = whole.isEmpty() ? frames.frames() : whole;
                        ClipJudge.Verdict verdict = new ClipJudge(
                                        world, wish.colour, wish.ground, wish.time, wish.motion)
                                .judge(frames.pixels());
                        sums.get(i)
                                .add(
                                        zoetrope.steps().since(before).tokens(),
                                        clip.timings().get(Stage.DENOISE).toNanos() / 1e9,
                                        psnr(whole, frames.frames()),
                                        verdict);
                    }
                }
            }
        }
        for (int i = 0; i < settings.size(); i++) {
            Sums of = sums.get(i);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f | %.1f dB | %d | %d | %d |%n",
                    settings.get(i).name,
                    of.tokens / sums.getFirst().tokens,
                    of.seconds / sums.getFirst().seconds,
                    of.psnr / clips,
                    of.seen,
                    of.backgrounds,
                    of.motions);
        }
    }

    /** Of all clips of a setting. */
    private static final class Sums {
        private double tokens;
        private double seconds;
        private double psnr;
        private int seen;
        private int backgrounds;
        private int motions;

        void add(long clipTokens, double clipSeconds, double clipPsnr, ClipJudge.Verdict verdict) {
            tokens += clipTokens;
            seconds += clipSeconds;
            psnr += clipPsnr;
            seen += verdict.seen() ? 1 : 0;
            backgrounds += verdict.background() ? 1 : 0;
            motions += verdict.motion() ? 1 : 0;
        }
    }

    private static List<Wish> wishes(JsonNode world, int clips) {
        Random random = new Random(1);
        List<String> colours = new ArrayList<>();
        world.path("colours").fieldNames().forEachRemaining(colours::add);
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < clips; i++) {
            wishes.add(new Wish(
                    any(colours, random),
                    any(SHAPES, random),
                    any(MOTIONS.keySet().stream().sorted().toList(), random),
                    any(GROUNDS.keySet().stream().sorted().toList(), random),
                    any(TIMES.keySet().stream().sorted().toList(), random)));
        }
        return wishes;
    }

    private static String any(List<String> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    /** Of all frames together, at most 99. */
    private static double psnr(List<byte[]> one, List<byte[]> other) {
        double sum = 0;
        long count = 0;
        for (int frame = 0; frame < one.size(); frame++) {
            byte[] a = one.get(frame);
            byte[] b = other.get(frame);
            for (int i = 0; i < a.length; i++) {
                double difference = Byte.toUnsignedInt(a[i]) - Byte.toUnsignedInt(b[i]);
                sum += difference * difference;
            }
            count += a.length;
        }
        return sum == 0 ? 99 : 10 * Math.log10(255 * 255 / (sum / count));
    }
}
