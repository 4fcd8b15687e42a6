package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged is done, once, whatever ends the server's process. */
class KilledServerTest {
    private static final String MODEL = TinyModel.folder().toString();

    /** Steps of a job that is certainly not done before its first checkpoint, a second after it began. */
    private static final int LONG = 1000;

    @TempDir
    Path folder;

    @Test
    void jobsOfAKilledServerAreAllDoneOnce() throws Exception {
        List<String> ids = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        try (ServedProcess server = ServedProcess.start(folder, "--model", MODEL)) {
            for (int seed = 1; seed <= 4; seed++) {
                ids.add(server.client().create(job(seed, seed == 2 ? LONG : 150)));
            }
            awaitCheckpointOf(ids.get(1)); // the first is done, the second in the middle, two wait
            server.kill();
        }
        try (ServedProcess server = ServedProcess.start(folder, "--model", MODEL)) {
            ServiceClient client = server.client();
            for (String id : ids) {
                JsonNode video = client.awaitEnd(id);
                assertEquals("completed", video.path("status").asText(), video::toString);
                kept.addAll(keptOf(id));
            }
            assertEquals(4, client.get("/v1/videos").json().path("data").size(), "none was doubled");
            // Rendered once more without an end in the middle, it is the same to the byte.
            String again = client.create(job(2, LONG));
            client.awaitEnd(again);
            assertArrayEquals(
                    client.get("/v1/videos/" + again + "/content").body(),
                    client.get("/v1/videos/" + ids.get(1) + "/content").body());
            String log = server.terminate().err();
            assertTrue(log.contains("job goes on") && !log.contains("begins again"), log);
        }
        for (String name : kept) {
            assertTrue(
                    List.of("request.json", "end.json", "spritesheet.png", "thumbnail.png", "video.mp4")
                            .contains(name),
                    name);
        }
        assertEquals(4 * 5, kept.size(), kept::toString);
    }

    @Test
    void aPortForOthersIsRefusedWithoutKeys() throws Exception {
        Result refused = CommandLineProcess.run(
                folder, Map.of(), CommandLineProcess.java(List.of(), "serve", "--host", "0.0.0.0", "--port", "0"));
        assertEquals(2, refused.status());
        assertEquals(1, refused.err().lines().count(), refused.err());
        assertTrue(refused.err().contains("--api-key-file"), refused.err());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count(), "before anything was made");
        }
    }

    private static Map<String, String> job(int seed, int steps) {
        return Map.of(
                "prompt", "a red ball",
                "size", "32x32",
                "num_frames", "33",
                "num_inference_steps", "" + steps,
                "seed", "" + seed);
    }

    /** Waits until a job has kept some steps. */
    private void awaitCheckpointOf(String id) throws Exception {
        Path checkpoint = folder.resolve("data/videos").resolve(id).resolve("run-1/checkpoint");
        Eventually.holds("a step of " + id, () -> Files.exists(checkpoint));
    }

    /**
     * The files of a video when its runs' folders are gone. They go after the row says that it is completed: until then, a kill
     * may need the checkpoint and somebody may be about to open the stream.
     */
    private List<String> keptOf(String id) throws Exception {
        Eventually.holds(
                "runs of " + id + " are gone", () -> filesOf(id).stream().noneMatch(name -> name.startsWith("run-")));
        return filesOf(id);
    }

    private List<String> filesOf(String id) throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("data/videos").resolve(id))) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
