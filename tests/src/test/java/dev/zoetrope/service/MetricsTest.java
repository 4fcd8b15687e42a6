package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** What a server tells of itself, read by Prometheus' own parser; {@code tests/clients/metrics.py} says what it refuses. */
@EnabledIfEnvironmentVariable(
        named = ClientRun.PYTHON,
        matches = ".+",
        disabledReason = "names a Python with what tests/clients/requirements.txt says")
class MetricsTest {
    private static final String KEY = "a-key-of-the-operator";

    @TempDir
    Path folder;

    @Test
    void figuresMoveWithARenderAndNameNobody() throws Exception {
        try (ZoetropeServer server = ZoetropeServer.start(
                ServerSettings.in(folder.resolve("data"))
                        .withAccess("127.0.0.1", ApiKeys.of(List.of(KEY)))
                        .withPort(0),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            ServiceClient client = new ServiceClient(server.address());
            assertEquals(401, client.get("/metrics").status(), "with keys, figures need one");

            JsonNode before = metrics(server);
            String id = render(client);
            JsonNode after = metrics(server);

            String completed = "zoetrope_job_seconds_count{outcome=completed}";
            assertEquals(0, before.path(completed).asInt(0));
            assertEquals(1, after.path(completed).asInt());
            for (String name : List.of(
                    "zoetrope_steps_total",
                    "zoetrope_step_seconds_total",
                    "zoetrope_step_network_seconds_total",
                    "zoetrope_step_tokens_total",
                    "zoetrope_step_segments_total",
                    "zoetrope_job_wait_seconds_count",
                    "zoetrope_job_denoise_seconds_sum",
                    "zoetrope_job_decode_seconds_sum",
                    "zoetrope_job_encode_seconds_sum",
                    "zoetrope_job_first_frame_seconds_sum",
                    "http_server_requests_seconds_count{method=POST,route=/v1/videos,status=200}")) {
                assertTrue(after.path(name).asDouble(-1) > before.path(name).asDouble(0), () -> name + " in " + after);
            }
            assertTrue(
                    after.path("zoetrope_job_encode_seconds_sum").asDouble()
                            < after.path("zoetrope_job_decode_seconds_sum").asDouble(),
                    "encoding is a part of decoding");
            for (String name : List.of(
                    "zoetrope_jobs{state=queued}",
                    "zoetrope_jobs{state=in_progress}",
                    "zoetrope_watchers",
                    "zoetrope_step_fill_ratio",
                    "zoetrope_step_token_budget",
                    "zoetrope_step_padding_avoided_tokens_total",
                    "zoetrope_step_moved_bytes_total",
                    "jvm_threads_live_threads",
                    "process_uptime_seconds")) {
                assertTrue(after.path(name).asDouble(-1) >= 0, () -> name + " in " + after);
            }
            assertEquals(1, after.path("zoetrope_http_open_requests").asInt(), "this one");
            assertEquals(
                    1,
                    after.path("http_server_requests_seconds_count{method=GET,route=other,status=401}")
                            .asInt());
            List<String> names = new ArrayList<>();
            after.fieldNames().forEachRemaining(names::add);
            assertFalse(names.stream().anyMatch(name -> name.contains(id) || name.contains("video_")), "no ids");
        }
    }

    private static String render(ServiceClient client) throws Exception {
        JsonNode video = client.send(authorized(client, "/v1/videos")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(
                                "{\"prompt\":\"a red ball\",\"num_frames\":9,\"num_inference_steps\":3}")))
                .json();
        String id = video.path("id").asText();
        long start = System.nanoTime();
        // Later than the video is completed: its run is counted when it is over.
        while (!new String(client.send(authorized(client, "/metrics").GET()).body(), StandardCharsets.UTF_8)
                .contains("zoetrope_job_seconds_count{outcome=\"completed\"} 1")) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos());
            Thread.sleep(20);
        }
        return id;
    }

    private static java.net.http.HttpRequest.Builder authorized(ServiceClient client, String path) {
        return client.request(path).header("Authorization", "Bearer " + KEY);
    }

    private JsonNode metrics(ZoetropeServer server) throws Exception {
        return new ObjectMapper()
                .readTree(ClientRun.run(
                        folder,
                        folder,
                        System.getenv(ClientRun.PYTHON),
                        ClientRun.program("metrics.py"),
                        server.address() + "/metrics",
                        KEY));
    }
}
