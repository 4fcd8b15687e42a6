package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.service.ServiceClient.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a server writes about requests and jobs: enough to follow one through a restart, and no more than that. */
@DisabledOnOs(OS.WINDOWS) // which has no SIGTERM
class ServerLogTest {
    private static final String KEY = "a-key-that-is-not-to-be-logged";
    private static final String REQUEST = "request-of-a-test";

    @TempDir
    Path folder;

    @Test
    void linesOfAJobNameItsRequestAlsoInTheNextServerAndNoneNamesSecrets() throws Exception {
        Files.writeString(folder.resolve("keys.txt"), KEY + "\n");
        String id;
        List<JsonNode> lines;
        try (ServedProcess server = start()) {
            ServiceClient client = server.client();
            Answer created = client.send(client.request("/v1/videos")
                    .header("Authorization", "Bearer " + KEY)
                    .header("Content-Type", "application/json")
                    .header("x-request-id", REQUEST)
                    .POST(BodyPublishers.ofString("{\"prompt\":\"a secret wish\",\"num_frames\":33,\"size\":\"32x32\","
                            + "\"num_inference_steps\":500}")));
            assertEquals(200, created.status(), () -> created.json().toString());
            id = created.json().path("id").asText();
            assertEquals(
                    404,
                    as(client, "/v1/videos%0AERROR%20forged%1B%5B2J%E2%80%A8?prompt=hidden")
                            .status());
            Eventually.holds(
                    "a step of " + id,
                    () -> as(client, "/v1/videos/" + id).json().path("progress").asInt() > 0);
            lines = lines(server.terminate());
        }
        JsonNode access = line(lines, "POST /v1/videos ");
        assertEquals(REQUEST, access.path("request_id").asText());
        assertEquals("/v1/videos", access.path("route").asText());
        assertEquals(200, access.path("status").asInt());
        assertTrue(
                access.path("status").isNumber() && access.path("duration_ms").isNumber(), access::toString);
        assertEquals(8, access.path("key").asText().length(), "the beginning of the key's hash");
        for (String message : List.of("job begins", "job interrupted")) {
            assertEquals(REQUEST, line(lines, message).path("request_id").asText());
            assertEquals(id, line(lines, message).path("video_id").asText());
        }

        try (ServedProcess server = start()) {
            Eventually.holds(
                    "the end of " + id,
                    () -> as(server.client(), "/v1/videos/" + id)
                            .json()
                            .path("status")
                            .asText()
                            .equals("completed"));
            lines = lines(server.terminate());
        }
        for (String message : List.of("job goes on", "job completed")) {
            assertEquals(REQUEST, line(lines, message).path("request_id").asText());
        }
    }

    private ServedProcess start() throws Exception {
        return ServedProcess.start(
                folder, "--model", TinyModel.folder().toString(), "--api-key-file", "keys.txt", "--log-format", "json");
    }

    private static Answer as(ServiceClient client, String path) throws Exception {
        return client.send(
                client.request(path).header("Authorization", "Bearer " + KEY).GET());
    }

    /** Every line is an object of its own, whatever was asked for. */
    private static List<JsonNode> lines(Result ended) throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : ended.err().split("\n")) {
            JsonNode node = new ObjectMapper().readTree(line);
            assertTrue(node.isObject() && node.hasNonNull("time") && node.hasNonNull("level"), line);
            assertFalse(line.contains("secret wish") || line.contains(KEY) || line.contains("hidden"), line);
            assertFalse(line.codePoints().anyMatch(it -> it < ' ' || it == 0x2028), line);
            lines.add(node);
        }
        return lines;
    }

    private static JsonNode line(List<JsonNode> lines, String begin) {
        return lines.stream()
                .filter(line -> line.path("message").asText().startsWith(begin))
                .findFirst()
                .orElseThrow(() -> new AssertionError(begin + " in " + lines));
    }
}
