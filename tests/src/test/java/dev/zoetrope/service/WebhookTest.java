package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.MustBeClosed;
import com.sun.net.httpserver.HttpServer;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.JobSettings;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.config.WebhookSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is named by the operator is told when a video is done: signed, and again until it is taken. */
@Timeout(600)
class WebhookTest {
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(KEY);
    private static final Map<String, String> JOB =
            Map.of("prompt", "a red ball", "size", "32x32", "num_frames", "1", "num_inference_steps", "1");

    @TempDir
    Path folder;

    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final AtomicInteger answer = new AtomicInteger(204);
    private HttpServer receiver;

    private record Received(String id, String time, String signature, String body) {}

    @BeforeEach
    void listen() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/hook", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var headers = exchange.getRequestHeaders();
            exchange.sendResponseHeaders(answer.get(), -1);
            exchange.close();
            received.add(new Received(
                    headers.getFirst("webhook-id"),
                    headers.getFirst("webhook-timestamp"),
                    headers.getFirst("webhook-signature"),
                    body));
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    @MustBeClosed
    private ZoetropeServer start() {
        String address = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
        return ZoetropeServer.start(
                ServerSettings.in(folder.resolve("data"))
                        .withPort(0)
                        .withJobs(JobSettings.defaults().withWebhook(WebhookSettings.parse(address, SECRET))),
                TINY);
    }

    @Test
    void aCompletedVideoIsToldAndSigned() throws Exception {
        String id;
        Received first;
        try (ZoetropeServer server = start()) {
            ServiceClient client = new ServiceClient(server.address());
            String cancelled =
                    client.create(Map.of("prompt", "a ball", "num_frames", "33", "num_inference_steps", "999"));
            assertEquals(200, client.post("/v1/videos/" + cancelled + "/cancel").status());
            id = client.create(JOB);
            first = next();
        }
        JsonNode event = new ObjectMapper().readTree(first.body());
        assertEquals(first.id(), event.path("id").asText());
        assertEquals("event", event.path("object").asText());
        assertEquals("video.completed", event.path("type").asText(), "and nothing of the cancelled one");
        assertEquals(id, event.path("data").path("id").asText());
        assertTrue(Math.abs(event.path("created_at").asLong() - System.currentTimeMillis() / 1000) < 60);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        byte[] text = (first.id() + "." + first.time() + "." + first.body()).getBytes(StandardCharsets.UTF_8);
        assertEquals("v1," + Base64.getEncoder().encodeToString(mac.doFinal(text)), first.signature());
        assertTrue(received.isEmpty(), "told once");
    }

    @Test
    void whatIsNotTakenIsToldAgainAlsoByTheNextServer() throws Exception {
        answer.set(500);
        Received first;
        try (ZoetropeServer server = start()) {
            new ServiceClient(server.address()).create(JOB);
            first = next();
        }
        long firstSecond = Long.parseLong(first.time());
        Eventually.holds("another second", () -> Instant.now().getEpochSecond() > firstSecond);
        received.clear();
        answer.set(200);
        try (ZoetropeServer server = start()) {
            assertNotNull(server.address());
            Received second = next();
            assertEquals(first.id(), second.id(), "by which who has it already knows it");
            assertEquals(first.body(), second.body());
            assertNotEquals(first.time(), second.time(), "signed anew");
        }
    }

    @Test
    void theOfficialPythonClientTakesIt() throws Exception {
        String python = System.getenv(ClientRun.PYTHON);
        assumeTrue(python != null, ClientRun.PYTHON + " names no Python with the client");
        Received came;
        try (ZoetropeServer server = start()) {
            new ServiceClient(server.address()).create(JOB);
            came = next();
        }
        var input =
                new ObjectMapper().createObjectNode().put("body", came.body()).put("secret", SECRET);
        input.putObject("headers")
                .put("webhook-id", came.id())
                .put("webhook-timestamp", came.time())
                .put("webhook-signature", came.signature());
        Path file = Files.writeString(folder.resolve("came.json"), input.toString());
        Path output = folder.resolve("output");
        Process client = new ProcessBuilder(
                        python,
                        Path.of(System.getProperty("zoetrope.root"), "tests/clients/webhook.py")
                                .toString())
                .redirectInput(file.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(client.waitFor(60, TimeUnit.SECONDS));
        JsonNode event = new ObjectMapper().readTree(came.body());
        assertEquals(
                "video.completed " + came.id() + " "
                        + event.path("data").path("id").asText() + "\naltered: refused\n",
                Files.readString(output));
    }

    private Received next() throws InterruptedException {
        Received next = received.poll(60, TimeUnit.SECONDS);
        assertNotNull(next, "nothing was told");
        return next;
    }
}
