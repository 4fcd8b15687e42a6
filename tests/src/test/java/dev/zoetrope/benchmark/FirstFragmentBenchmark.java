package dev.zoetrope.benchmark;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * From the beginning of decoding to the first fragment that a client of {@code /stream} has whole, over HTTP, against the
 * time that one latent takes to be decoded in the same process.
 *
 * <p>Decoding begins where the event of the last step comes in: it is sent off just before, and takes a fraction of a
 * millisecond on this machine. A latent's time is that of decoding the same clip into nothing, over its latents.
 */
public final class FirstFragmentBenchmark {
    private static final String PROMPT = "a red ball bounces over the sea";
    private static final int BAR_MILLIS = 100;
    private static final int FRAMES_OF_A_LATENT = 4;

    /** Large pictures in short clips, and fewer of them: a CPU would denoise for minutes. */
    private static final List<Clips> CLIPS =
            List.of(new Clips(64, 33, 7), new Clips(128, 33, 7), new Clips(256, 13, 7), new Clips(512, 5, 3));

    private static final Pattern LAST_STEP = Pattern.compile("\"step\":(\\d+),\"steps\":\\1\\b");
    private static final Pattern ID = Pattern.compile("\"id\":\"(video_[0-9a-f]+)\"");

    private FirstFragmentBenchmark() {}

    /** Prints a line of a table for each size. */
    public static void main(String[] arguments) throws Exception {
        Path data = Files.createTempDirectory("first-fragment");
        System.out.println(
                "| clip | decoding one latent, ms | first fragment at the client, ms: middle (least to most of so many) | bar, ms |");
        System.out.println("|---|---|---|---|");
        try (ZoetropeServer server =
                        ZoetropeServer.start(ServerSettings.in(data).withPort(0), EngineOptions.defaults());
                Zoetrope engine = Zoetrope.open()) {
            for (Clips clips : CLIPS) {
                System.out.println(measure(server.address(), engine, clips));
            }
        } finally {
            delete(data);
        }
    }

    /** Square clips of one size. */
    private record Clips(int side, int frames, int runs) {
        int latents() {
            return 1 + (frames - 1) / FRAMES_OF_A_LATENT;
        }
    }

    private static String measure(URI server, Zoetrope engine, Clips clips) throws Exception {
        List<Double> latents = new ArrayList<>();
        List<Double> fragments = new ArrayList<>();
        latentMillis(engine, clips); // opens sessions and compiles
        fragmentMillis(server, clips);
        while (fragments.size() < clips.runs()) {
            double latent = latentMillis(engine, clips);
            double fragment = fragmentMillis(server, clips);
            if (!Double.isNaN(fragment)) {
                latents.add(latent);
                fragments.add(fragment);
            }
        }
        latents.sort(null);
        fragments.sort(null);
        double one = latents.get(clips.runs() / 2);
        return String.format(
                Locale.ROOT,
                "| %1$dx%1$d, %2$d frames | %3$.1f | %4$.1f (%5$.1f to %6$.1f of %8$d) | %7$.1f |",
                clips.side(),
                clips.frames(),
                one,
                fragments.get(clips.runs() / 2),
                fragments.getFirst(),
                fragments.getLast(),
                one + BAR_MILLIS,
                clips.runs());
    }

    private static double latentMillis(Zoetrope engine, Clips clips) {
        RenderRequest request = RenderRequest.of(PROMPT)
                .withSize(clips.side(), clips.side())
                .withFrames(clips.frames())
                .withSteps(1);
        try (Clip clip = engine.render(request)) {
            long start = System.nanoTime();
            clip.decodeTo(new FrameSink() {
                @Override
                public void accept(Frame frame) {
                    // into nothing
                }

                @Override
                public void close() {
                    // holds nothing
                }
            });
            return (System.nanoTime() - start) / 1e6 / clips.latents();
        }
    }

    private static double fragmentMillis(URI server, Clips clips) throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        String created = http.send(
                        HttpRequest.newBuilder(server.resolve("/v1/videos"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(String.format(
                                        Locale.ROOT,
                                        "{\"prompt\":\"%s\",\"size\":\"%dx%d\",\"num_frames\":%d,\"num_inference_steps\":3}",
                                        PROMPT,
                                        clips.side(),
                                        clips.side(),
                                        clips.frames())))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        Matcher id = ID.matcher(created);
        if (!id.find()) {
            throw new IllegalStateException(created);
        }
        String video = "/v1/videos/" + id.group(1);
        CompletableFuture<Long> decoding = CompletableFuture.supplyAsync(
                () -> lastStepNanos(http, server.resolve(video + "/events?previews=false")));
        InputStream stream = http.send(
                        HttpRequest.newBuilder(server.resolve(video + "/stream"))
                                .build(),
                        BodyHandlers.ofInputStream())
                .body();
        try (DataInputStream boxes = new DataInputStream(stream)) {
            long arrived = firstFragmentNanos(boxes);
            boxes.transferTo(java.io.OutputStream.nullOutputStream()); // the job ends before the next begins
            long began = decoding.get();
            return began == 0 ? Double.NaN : (arrived - began) / 1e6;
        }
    }

    private static long lastStepNanos(HttpClient http, URI events) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                http.send(HttpRequest.newBuilder(events).build(), BodyHandlers.ofInputStream())
                        .body(),
                StandardCharsets.UTF_8))) {
            long last = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (LAST_STEP.matcher(line).find()) {
                    last = System.nanoTime();
                }
            }
            return last; // 0 where the event was passed over for the first frame's, which came too soon after it
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Reads boxes up to the end of the first mdat: header, and one fragment. */
    private static long firstFragmentNanos(DataInputStream boxes) throws IOException {
        while (true) {
            int size = boxes.readInt();
            byte[] type = boxes.readNBytes(4);
            boxes.skipNBytes(size - 8);
            if (Arrays.equals(type, "mdat".getBytes(StandardCharsets.US_ASCII))) {
                return System.nanoTime();
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
