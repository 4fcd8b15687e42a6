package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.service.HostileCases.Case;
import dev.zoetrope.service.RawConnection.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More than a thousand malformed requests to a server that has little memory. */
@Timeout(600)
class HostileInputTest {
    private static final long SEED = 20_261_123;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** After these all of the server's code has been loaded and compiled for the first time. */
    private static final int WARM_UP = 300;

    /**
     * What the process may grow by in the requests after the warm-up. Its heap is taken whole at the start, so this is native memory:
     * buffers of the network, decoders of pictures, compiled code. One picture of 100,000 x 100,000 that was decoded would be 30 GB.
     */
    private static final long MOST_GROWTH_KIB = 64 << 10;

    @TempDir
    Path folder;

    @Test
    void aThousandMalformedRequestsAreRefusedWithAReasonAndLeaveNothing() throws Exception {
        List<Case> cases = HostileCases.of(SEED);
        assertEquals(HostileCases.COUNT, cases.size());
        Set<String> outside = names(Path.of(System.getProperty("java.io.tmpdir")));
        try (ServedProcess server = ServedProcess.start(
                folder,
                List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"),
                "--model",
                TinyModel.folder().toString())) {
            List<String> wrong = new ArrayList<>();
            Map<String, Integer> answers = new TreeMap<>();
            long before = 0;
            long most = 0;
            for (int index = 0; index < cases.size(); index++) {
                Case hostile = cases.get(index);
                Reply reply = RawConnection.exchange(server.address(), hostile.request());
                answers.merge(reply.status() == 0 ? "closed" : "" + reply.status(), 1, Integer::sum);
                String problem = problem(hostile, reply);
                if (!problem.isEmpty()) {
                    wrong.add(problem + " <- " + hostile);
                }
                if (index % 100 == 0) {
                    assertEquals(200, server.client().get("/health/live").status());
                }
                if (index == WARM_UP) {
                    before = kib(server.pid(), "VmRSS");
                    most = kib(server.pid(), "VmHWM");
                }
            }
            long after = kib(server.pid(), "VmRSS");
            long peak = kib(server.pid(), "VmHWM");
            System.out.println("hostile input: " + answers + ", grown by " + (after - before) + " KiB of " + after
                    + ", for a moment by " + (peak - most));
            assertEquals(List.of(), wrong, () -> wrong.size() + " of " + cases.size());
            assertTrue(after - before < MOST_GROWTH_KIB, "the process grew from " + before + " to " + after + " KiB");
            assertTrue(peak - most < MOST_GROWTH_KIB, "for a moment it had " + peak + " KiB after " + most);

            assertEquals(
                    0, server.client().get("/v1/videos").json().path("data").size(), "none was taken");
            awaitEmpty(folder.resolve("data/uploads"));
            assertEquals(List.of(), files(folder.resolve("data/videos")));
            String id = server.client()
                    .create(Map.of(
                            "prompt", "a red ball", "size", "32x32", "num_frames", "1", "num_inference_steps", "1"));
            JsonNode video = server.client().awaitEnd(id);
            assertEquals("completed", video.path("status").asText(), "what is well formed is still done");
        }
        assertEquals(Set.of("data"), names(folder), "nothing beside the data folder");
        Set<String> now = names(Path.of(System.getProperty("java.io.tmpdir")));
        now.removeAll(outside);
        assertFalse(now.stream().anyMatch(name -> name.contains(HostileCases.ESCAPE)), now::toString);
        try (Stream<Path> all = Files.walk(folder)) {
            assertEquals(
                    List.of(),
                    all.filter(file -> file.toString().contains(HostileCases.ESCAPE))
                            .toList());
        }
    }

    /** What is wrong with an answer; nothing where it is as it should be. */
    private static String problem(Case hostile, Reply reply) {
        if (reply.status() == 0 && hostile.mayClose()) {
            return "";
        }
        if (reply.status() < 400 || reply.status() > 499) {
            return "answered " + reply.status() + " " + reply.body();
        }
        if (reply.hasHeader(HostileCases.INJECTED)) {
            return "header injected";
        }
        if (!reply.hasHeader("x-request-id")) {
            return "no request id in " + reply.head();
        }
        if (new String(hostile.request(), 0, 5, StandardCharsets.ISO_8859_1).equals("HEAD ")) {
            return reply.body().isEmpty() ? "" : "a body in the answer to HEAD";
        }
        try {
            String message =
                    JSON.readTree(reply.body()).path("error").path("message").asText();
            return message.contains("expected") && message.contains("found") ? "" : "no reason in " + reply.body();
        } catch (IOException e) {
            return "no JSON: " + reply.body();
        }
    }

    /** How much of the process is in memory ({@code VmRSS}) or was at most ({@code VmHWM}); 0 where the system does not say. */
    private static long kib(long pid, String what) throws IOException {
        Path status = Path.of("/proc/" + pid + "/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(what + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Uploads are removed a moment after their answer. */
    private static void awaitEmpty(Path folder) throws Exception {
        Eventually.holds(folder + " is empty", () -> files(folder).isEmpty());
    }

    private static Set<String> names(Path folder) throws IOException {
        Set<String> names = new HashSet<>();
        files(folder).forEach(file -> names.add(String.valueOf(file.getFileName())));
        return names;
    }
}
