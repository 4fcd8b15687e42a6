package dev.zoetrope.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The same as {@link LoadBenchmark} over HTTP, against processes of {@code zoetrope serve}: one that runs a job at a time, and one as it is by
 * default. The clock runs from the sending of a request to the event that says it is completed: queue, text, steps, decoding and
 * the writing of two files are in it. Exactly a tenth of the requests are large: as many frames as make twenty times the time of a small
 * one, measured on the first server before the requests begin to arrive.
 *
 * <p>Arguments: the {@code zoetrope} launcher, requests, load (0 to 1) of the first server, seed.
 */
public final class ServiceLoadBenchmark {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGE_ONE_IN = 10;
    private static final double LARGE_TIMES = 20;
    private static final int FRAMES_A_LATENT = 4;

    private ServiceLoadBenchmark() {}

    /** What is asked for. */
    private record Kind(String size, int frames) {
        String json(int seed) {
            return "{\"prompt\":\"a red ball bounces over the sea at night\",\"size\":\"" + size + "\",\"num_frames\":"
                    + frames + ",\"num_inference_steps\":8,\"seed\":" + seed + "}";
        }
    }

    /**
     * How long a request took, in seconds from its sending.
     *
     * @param begun until its first event other than that it waits
     * @param stepped until its first step was done
     * @param done until it was completed
     */
    private record Times(double begun, double stepped, double done) {}

    private record Outcome(List<Times> small, List<Times> large, double seconds, Map<String, Double> metrics) {}

    /** Prints a table. */
    public static void main(String[] arguments) throws Exception {
        Path launcher = Path.of(arguments[0]).toAbsolutePath();
        int count = Integer.parseInt(arguments[1]);
        double load = Double.parseDouble(arguments[2]);
        long seed = Long.parseLong(arguments[3]);
        Kind smallKind = new Kind("48x48", 17);
        Kind largeKind = new Kind("96x96", 113);
        Outcome single;
        double small;
        double large;
        double mean;
        try (Server server = Server.start(launcher, "--workers", "1")) {
            server.run(smallKind, 0);
            server.run(new Kind("96x96", 17), 0);
            small = median(server, smallKind, 9);
            large = median(server, largeKind, 1);
            for (int i = 0; i < 3 && Math.abs(large / small / LARGE_TIMES - 1) > 0.05; i++) {
                int frames = (int) Math.round(largeKind.frames * LARGE_TIMES * small / large);
                largeKind = new Kind("96x96", 1 + FRAMES_A_LATENT * Math.round((frames - 1) / (float) FRAMES_A_LATENT));
                large = median(server, largeKind, 1);
            }
            mean = small + (large - small) / LARGE_ONE_IN;
            System.out.printf(
                    Locale.ROOT,
                    "alone over HTTP: small (%s, %d frames) %.3f s, large (%s, %d frames) %.3f s, %.1f times; %d requests,"
                            + " %d large, load %.2f, seed %d%n%n",
                    smallKind.size,
                    smallKind.frames,
                    small,
                    largeKind.size,
                    largeKind.frames,
                    large,
                    large / small,
                    count,
                    count / LARGE_ONE_IN,
                    load,
                    seed);
            single = measure(server, smallKind, largeKind, count, mean / load, seed);
        }
        Outcome together;
        try (Server server = Server.start(launcher)) {
            server.run(smallKind, 0);
            server.run(new Kind("96x96", 17), 0);
            together = measure(server, smallKind, largeKind, count, mean / load, seed);
        }
        System.out.println(
                "| | small p50 | p95 | large p50 | p95 | small: begun p95 | first step p95 | all done after |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        print("one at a time", single);
        print("steps together", together);
        double better = percentile(single.small, 95, Times::done) / percentile(together.small, 95, Times::done);
        System.out.printf(
                Locale.ROOT,
                "%np95 of the small ones: %.1f times better; throughput %.2f times%n",
                better,
                single.seconds / together.seconds);
        figures("one at a time", single);
        figures("steps together", together);
    }

    /** What the server counted meanwhile. */
    private static void figures(String name, Outcome outcome) {
        double steps = outcome.metrics.getOrDefault("zoetrope_steps_total", Double.NaN);
        double tokens = outcome.metrics.getOrDefault("zoetrope_step_tokens_total", Double.NaN);
        double avoided = outcome.metrics.getOrDefault("zoetrope_step_padding_avoided_tokens_total", Double.NaN);
        System.out.printf(
                Locale.ROOT,
                "%s: %.0f steps, %.2f segments each, packing fill %.2f, padding avoided %.0f tokens (%.0f %% of those with it)%n",
                name,
                steps,
                outcome.metrics.getOrDefault("zoetrope_step_segments_total", Double.NaN) / steps,
                tokens / steps / outcome.metrics.getOrDefault("zoetrope_step_token_budget", Double.NaN),
                avoided,
                100 * avoided / (avoided + tokens));
    }

    private static double median(Server server, Kind kind, int runs) throws Exception {
        double[] times = new double[runs];
        for (int i = 0; i < runs; i++) {
            times[i] = server.run(kind, i).done;
        }
        Arrays.sort(times);
        return times[runs / 2];
    }

    private static Outcome measure(Server server, Kind small, Kind large, int count, double meanGap, long seed)
            throws Exception {
        Random random = new Random(seed);
        List<Boolean> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(i < count / LARGE_ONE_IN);
        }
        Collections.shuffle(order, random);
        Map<String, Double> before = server.metrics();
        List<Future<Times>> smallTimes = new ArrayList<>();
        List<Future<Times>> largeTimes = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            double due = 0;
            for (int i = 0; i < count; i++) {
                int number = i;
                Kind kind = order.get(i) ? large : small;
                due -= meanGap * Math.log(1 - random.nextDouble());
                long sleep = start + Math.round(due * 1e9) - System.nanoTime();
                if (sleep > 0) {
                    TimeUnit.NANOSECONDS.sleep(sleep);
                }
                (order.get(i) ? largeTimes : smallTimes).add(callers.submit(() -> server.run(kind, number)));
            }
            List<Times> smallDone = all(smallTimes);
            List<Times> largeDone = all(largeTimes);
            double seconds = (System.nanoTime() - start) / 1e9;
            Map<String, Double> metrics = new TreeMap<>(server.metrics());
            metrics.replaceAll(
                    (name, value) -> name.endsWith("_total") ? value - before.getOrDefault(name, 0.0) : value);
            return new Outcome(smallDone, largeDone, seconds, metrics);
        }
    }

    private static List<Times> all(List<Future<Times>> futures) throws Exception {
        List<Times> times = new ArrayList<>();
        for (Future<Times> future : futures) {
            times.add(future.get());
        }
        return times;
    }

    private interface Figure {
        double of(Times times);
    }

    private static double percentile(List<Times> times, int percent, Figure figure) {
        double[] sorted = times.stream().mapToDouble(figure::of).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    private static void print(String name, Outcome outcome) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f s | %.2f s | %.1f s | %.1f s | %.3f s | %.3f s | %.1f s |%n",
                name,
                percentile(outcome.small, 50, Times::done),
                percentile(outcome.small, 95, Times::done),
                percentile(outcome.large, 50, Times::done),
                percentile(outcome.large, 95, Times::done),
                percentile(outcome.small, 95, Times::begun),
                percentile(outcome.small, 95, Times::stepped),
                outcome.seconds);
    }

    /** A server's process on a folder of its own, and a client of it. */
    private static final class Server implements AutoCloseable {
        private static final String READY = "zoetrope: serving at ";

        private final HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final Process process;
        private final Path folder;
        private final URI address;

        private Server(Process process, Path folder, URI address) {
            this.process = process;
            this.folder = folder;
            this.address = address;
        }

        static Server start(Path launcher, String... options) throws IOException {
            Path folder = Files.createTempDirectory("zoetrope-load");
            List<String> command =
                    new ArrayList<>(List.of(launcher.toString(), "serve", "--port", "0", "--data", folder.toString()));
            command.addAll(List.of(options));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = String.valueOf(out.readLine());
            if (!line.startsWith(READY)) {
                process.destroy();
                throw new IOException("server: expected its address, found " + line);
            }
            return new Server(process, folder, URI.create(line.substring(READY.length())));
        }

        /** Asks for a video and waits for it. */
        Times run(Kind kind, int seed) throws IOException, InterruptedException {
            long start = System.nanoTime();
            HttpResponse<String> created = http.send(
                    HttpRequest.newBuilder(address.resolve("/v1/videos"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(kind.json(seed)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            JsonNode video = JSON.readTree(created.body());
            if (created.statusCode() != 200) {
                throw new IOException("video: expected it to be taken, found " + created.body());
            }
            double begun = 0;
            double stepped = 0;
            try (BufferedReader events = new BufferedReader(new InputStreamReader(
                    http.send(
                                    HttpRequest.newBuilder(address.resolve("/v1/videos/"
                                                    + video.path("id").asText() + "/events"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofInputStream())
                            .body(),
                    StandardCharsets.UTF_8))) {
                for (String line = events.readLine(); line != null; line = events.readLine()) {
                    if (!line.startsWith("event: ")) {
                        continue;
                    }
                    String name = line.substring("event: ".length());
                    double now = (System.nanoTime() - start) / 1e9;
                    if (begun == 0 && !name.equals("queued")) {
                        begun = now;
                    }
                    if (stepped == 0 && !name.equals("queued") && !name.equals("started")) {
                        stepped = now;
                    }
                    if (name.equals("completed")) {
                        return new Times(begun, stepped, now);
                    }
                    if (name.equals("failed") || name.equals("cancelled")) {
                        throw new IOException("video: expected it to be completed, found it " + name);
                    }
                }
            }
            throw new IOException("events: expected one that it is completed, found their end");
        }

        /** The server's own figures about its steps. */
        Map<String, Double> metrics() throws IOException, InterruptedException {
            Map<String, Double> values = new TreeMap<>();
            String text = http.send(
                            HttpRequest.newBuilder(address.resolve("/metrics")).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            for (String line : text.lines().toList()) {
                String[] parts = line.split(" ");
                if (parts.length == 2 && line.startsWith("zoetrope_step")) {
                    values.put(parts[0], Double.parseDouble(parts[1]));
                }
            }
            return values;
        }

        @Override
        public void close() throws IOException {
            process.destroy();
            try {
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
