package dev.zoetrope.benchmark;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.sample.StepCounters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Many small renders and a few large ones arrive at random (Poisson), at times of the same seed: once where one is made
 * after the other, once where their steps are made together. How long each waited from its arrival to its last frame.
 *
 * <p>The load is that of the first way: arrivals a second times the mean time of a render alone. A tenth of the renders are large:
 * about twenty times the work, as measured here at the beginning.
 *
 * <p>Arguments: renders, load (0 to 1), seed.
 */
public final class LoadBenchmark {
    private static final RenderRequest SMALL = RenderRequest.of("a red ball bounces over the sea at night")
            .withSize(48, 48)
            .withFrames(17)
            .withSteps(8)
            .withSeed(1);
    private static final RenderRequest LARGE =
            SMALL.withSize(96, 96).withFrames(81).withSteps(8);
    private static final int LARGE_ONE_IN = 10;

    private LoadBenchmark() {}

    private record Outcome(double[] small, double[] large, double seconds, StepCounters steps) {}

    /** Prints a table. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        double load = Double.parseDouble(arguments[1]);
        long seed = Long.parseLong(arguments[2]);
        double small;
        double large;
        try (Zoetrope zoetrope = Zoetrope.open()) {
            seconds(zoetrope, SMALL);
            seconds(zoetrope, LARGE);
            small = median(zoetrope, SMALL, 7);
            large = median(zoetrope, LARGE, 3);
        }
        double mean = small + (large - small) / LARGE_ONE_IN;
        System.out.printf(
                Locale.ROOT,
                "alone: small %.3f s, large %.3f s (%.1f times); %d renders, one in %d large, load %.2f%n%n",
                small,
                large,
                large / small,
                count,
                LARGE_ONE_IN,
                load);
        System.out.println(
                "| | small p50, s | small p95, s | large p50, s | all done after, s | runs | segments a run |");
        System.out.println("|---|---|---|---|---|---|---|");
        Outcome single = measure(1, count, mean / load, seed);
        print("one at a time", single);
        Outcome together = measure(EngineOptions.USUAL_RENDERS * 4, count, mean / load, seed);
        print("steps together", together);
        System.out.printf(
                Locale.ROOT,
                "%np95 of the small ones: %.1f times better; throughput %.2f times%n",
                percentile(single.small, 95) / percentile(together.small, 95),
                single.seconds / together.seconds);
        System.out.printf(
                Locale.ROOT,
                "steps together: packing fill %.2f, padding avoided %d of %d tokens%n",
                together.steps.fill(),
                together.steps.paddingAvoided(),
                together.steps.rectangleTokens());
    }

    private static double median(Zoetrope zoetrope, RenderRequest request, int runs) {
        double[] times = new double[runs];
        for (int i = 0; i < runs; i++) {
            times[i] = seconds(zoetrope, request);
        }
        return percentile(times, 50);
    }

    private static double seconds(Zoetrope zoetrope, RenderRequest request) {
        long start = System.nanoTime();
        try (Clip clip = zoetrope.render(request)) {
            clip.decodeTo(FrameSink.nowhere());
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static Outcome measure(int renders, int count, double meanGap, long seed) throws Exception {
        Random random = new Random(seed);
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withRenders(renders));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            seconds(zoetrope, SMALL);
            seconds(zoetrope, LARGE);
            StepCounters before = zoetrope.steps();
            List<Future<Double>> small = new ArrayList<>();
            List<Future<Double>> large = new ArrayList<>();
            long start = System.nanoTime();
            double due = 0;
            for (int i = 0; i < count; i++) {
                boolean isLarge = random.nextInt(LARGE_ONE_IN) == 0;
                RenderRequest request = (isLarge ? LARGE : SMALL).withSeed(i);
                due -= meanGap * Math.log(1 - random.nextDouble());
                long sleep = start + Math.round(due * 1e9) - System.nanoTime();
                if (sleep > 0) {
                    TimeUnit.NANOSECONDS.sleep(sleep);
                }
                long arrival = System.nanoTime();
                (isLarge ? large : small).add(callers.submit(() -> {
                    seconds(zoetrope, request);
                    return (System.nanoTime() - arrival) / 1e9;
                }));
            }
            double[] smallTimes = times(small);
            double[] largeTimes = times(large);
            double all = (System.nanoTime() - start) / 1e9;
            return new Outcome(smallTimes, largeTimes, all, zoetrope.steps().since(before));
        }
    }

    private static double[] times(List<Future<Double>> renders) throws Exception {
        double[] times = new double[renders.size()];
        for (int i = 0; i < times.length; i++) {
            times[i] = renders.get(i).get();
        }
        return times;
    }

    private static double percentile(double[] values, int percent) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    private static void print(String name, Outcome outcome) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %.2f | %.1f | %d | %.2f |%n",
                name,
                percentile(outcome.small, 50),
                percentile(outcome.small, 95),
                percentile(outcome.large, 50),
                outcome.seconds,
                outcome.steps.steps(),
                (double) outcome.steps.segments() / outcome.steps.steps());
    }
}
