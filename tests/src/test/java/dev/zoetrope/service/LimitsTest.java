package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ConnectionLimits;
import dev.zoetrope.server.config.KeyLimits;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one client may have of a server that others use too. */
@Timeout(600)
class LimitsTest {
    private static final String ALICE = "alice-has-this-long-key";
    private static final String BOB = "bob-has-another-long-key";
    private static final String SMALL =
            "{\"prompt\":\"a red ball\",\"size\":\"32x32\",\"num_frames\":1,\"num_inference_steps\":1}";
    private static final String LONG =
            "{\"prompt\":\"a red ball\",\"size\":\"32x32\",\"num_frames\":200,\"num_inference_steps\":1000}";

    @TempDir
    Path data;

    @Test
    void aKeyHasSoManyRequestsAMinuteAndIsToldHowManyAreLeft() throws Exception {
        try (ZoetropeServer server = start(new KeyLimits(5, 0, 0, 0), ConnectionLimits.usual())) {
            ServiceClient client = new ServiceClient(server.address());
            for (int left = 4; left >= 0; left--) {
                Answer answer = as(client, ALICE, "/v1/models");
                assertEquals(200, answer.status());
                assertEquals("5", answer.header("x-ratelimit-limit-requests"));
                assertEquals("" + left, answer.header("x-ratelimit-remaining-requests"));
                assertTrue(answer.header("x-ratelimit-reset-requests").matches("[0-9]+s"));
            }
            Answer refused = as(client, ALICE, "/v1/models");
            assertEquals(429, refused.status());
            assertEquals("rate_limit_exceeded", refused.error().path("code").asText());
            int wait = Integer.parseInt(refused.header("Retry-After"));
            assertTrue(wait >= 1 && wait <= 12, "one comes each 12 s, and not in " + wait);
            assertEquals(200, as(client, BOB, "/v1/models").status(), "another's are another's");
            assertEquals(200, client.get("/health/live").status());
        }
    }

    @Test
    void aKeyHasSoManyVideosAtATime() throws Exception {
        try (ZoetropeServer server = start(new KeyLimits(0, 1, 0, 0), ConnectionLimits.usual())) {
            ServiceClient client = new ServiceClient(server.address());
            String id = create(client, ALICE, LONG).json().path("id").asText();
            Answer refused = create(client, ALICE, SMALL);
            assertEquals(429, refused.status());
            assertEquals("rate_limit_exceeded", refused.error().path("code").asText());
            assertFalse(refused.header("Retry-After").isEmpty());
            assertEquals(200, create(client, BOB, SMALL).status(), "another may");
            client.send(client.request("/v1/videos/" + id)
                    .header("Authorization", "Bearer " + ALICE)
                    .DELETE());
            assertEquals(200, create(client, ALICE, SMALL).status());
        }
    }

    @Test
    void aKeyHasSoManyVideosADayWhateverHappensToThem() throws Exception {
        KeyLimits two = new KeyLimits(0, 0, 2, 0);
        try (ZoetropeServer server = start(two, ConnectionLimits.usual())) {
            ServiceClient client = new ServiceClient(server.address());
            for (int video = 0; video < 2; video++) {
                String id = create(client, ALICE, SMALL).json().path("id").asText();
                client.send(client.request("/v1/videos/" + id)
                        .header("Authorization", "Bearer " + ALICE)
                        .DELETE());
            }
        }
        try (ZoetropeServer server = start(two, ConnectionLimits.usual())) {
            ServiceClient client = new ServiceClient(server.address());
            Answer refused = create(client, ALICE, SMALL);
            assertEquals(429, refused.status());
            assertEquals("insufficient_quota", refused.error().path("code").asText());
            assertTrue(Integer.parseInt(refused.header("Retry-After")) <= 24 * 60 * 60);
            assertEquals(200, create(client, BOB, SMALL).status());
        }
    }

    @Test
    void aKeyKeepsSoManyBytesAndHasRoomAgainWhenSomeAreDeleted() throws Exception {
        try (ZoetropeServer server = start(new KeyLimits(0, 0, 0, 1), ConnectionLimits.usual())) {
            ServiceClient client = new ServiceClient(server.address());
            String id = create(client, ALICE, SMALL).json().path("id").asText();
            Eventually.holds(
                    "the end of " + id,
                    () -> as(client, ALICE, "/v1/videos/" + id)
                            .json()
                            .path("status")
                            .asText()
                            .equals("completed"));
            long bytes = 0;
            for (String variant : List.of("video", "thumbnail", "spritesheet")) {
                bytes += as(client, ALICE, "/v1/videos/" + id + "/content?variant=" + variant)
                        .body()
                        .length;
            }
            Answer refused = create(client, ALICE, SMALL);
            assertEquals(429, refused.status());
            assertEquals("insufficient_quota", refused.error().path("code").asText());
            assertEquals("false", refused.header("x-should-retry"), "it helps nobody to ask again");
            String message = refused.error().path("message").asText();
            Matcher found = Pattern.compile(
                            "stored videos: expected less than 1 bytes of one key, found (\\d+) \\(delete some\\)")
                    .matcher(message);
            assertTrue(found.matches() && Long.parseLong(found.group(1)) >= bytes, message + ", content " + bytes);
            assertEquals(200, create(client, BOB, SMALL).status(), "another's are another's");
            String picture = "{\"prompt\":\"x\",\"size\":\"32x32\",\"num_inference_steps\":1}";
            assertEquals(
                    200,
                    create(client, ALICE, "/v1/images/generations", picture).status(),
                    "pictures are not kept");
            client.send(client.request("/v1/videos/" + id)
                    .header("Authorization", "Bearer " + ALICE)
                    .DELETE());
            assertEquals(200, create(client, ALICE, SMALL).status());
        }
    }

    @Test
    void picturesCountAsVideos() throws Exception {
        String three = "{\"prompt\":\"x\",\"size\":\"32x32\",\"num_inference_steps\":1,\"n\":3}";
        try (ZoetropeServer server = start(new KeyLimits(0, 3, 4, 0), ConnectionLimits.usual())) {
            ServiceClient client = new ServiceClient(server.address());
            String id = create(client, ALICE, LONG).json().path("id").asText();
            Answer busy = create(client, ALICE, "/v1/images/generations", three);
            assertEquals(429, busy.status(), "one video and three pictures at a time");
            assertEquals("rate_limit_exceeded", busy.error().path("code").asText());
            client.send(client.request("/v1/videos/" + id)
                    .header("Authorization", "Bearer " + ALICE)
                    .DELETE());
            assertEquals(
                    200, create(client, ALICE, "/v1/images/generations", three).status());
            Answer spent = create(client, ALICE, SMALL);
            assertEquals(429, spent.status(), "four a day");
            assertEquals("insufficient_quota", spent.error().path("code").asText());
            assertEquals(
                    429, create(client, ALICE, "/v1/images/generations", three).status());
            assertEquals(
                    200, create(client, BOB, "/v1/images/generations", three).status());
        }
    }

    @Test
    void whoIsSilentOrSlowIsSentAway() throws Exception {
        ConnectionLimits quick = ConnectionLimits.usual().withTimes(Duration.ofMillis(500), Duration.ofMillis(500));
        try (ZoetropeServer server = start(KeyLimits.none(), quick)) {
            try (RawConnection silent = new RawConnection(server.address())) {
                assertEquals(0, silent.read().status(), "closed");
            }
            try (RawConnection slow = new RawConnection(server.address())) {
                Thread drip = Thread.ofVirtual().start(() -> {
                    try {
                        slow.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
                        while (true) {
                            slow.send("x");
                            Thread.sleep(50);
                        }
                    } catch (InterruptedException _) {
                        // the end
                    }
                });
                assertEquals(0, slow.read().status(), "closed");
                drip.interrupt();
            }
            try (RawConnection body = new RawConnection(server.address())) {
                body.send("POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ALICE
                        + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"prompt\"");
                assertEquals(408, body.read().status());
                assertEquals(0, body.read().status(), "and closed");
            }
            try (RawConnection again = new RawConnection(server.address())) {
                again.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertEquals(200, again.read().status());
                assertEquals(0, again.read().status(), "closed, for nothing more came");
            }
        }
    }

    @Test
    void whoWaitsForAnAnswerIsNotSentAway() throws Exception {
        ConnectionLimits quick = ConnectionLimits.usual().withTimes(Duration.ofMillis(500), Duration.ofMillis(500));
        try (ZoetropeServer server = start(KeyLimits.none(), quick)) {
            ServiceClient client = new ServiceClient(server.address());
            String id = create(client, ALICE, LONG).json().path("id").asText();
            var events = client.open(client.request("/v1/videos/" + id + "/events?previews=false")
                    .header("Authorization", "Bearer " + ALICE));
            Thread.sleep(1500); // longer than any of the times
            client.send(client.request("/v1/videos/" + id + "/cancel")
                    .header("Authorization", "Bearer " + ALICE)
                    .POST(BodyPublishers.noBody()));
            try (InputStream body = events.body()) {
                assertTrue(new String(body.readAllBytes(), StandardCharsets.UTF_8).contains("event: cancelled"));
            }
        }
    }

    @Test
    void thereAreSoManyConnectionsAndNoMore() throws Exception {
        try (ZoetropeServer server =
                start(KeyLimits.none(), ConnectionLimits.usual().withConnections(3))) {
            List<RawConnection> open = new ArrayList<>();
            try {
                for (int connection = 0; connection < 3; connection++) {
                    RawConnection opened = new RawConnection(server.address());
                    open.add(opened);
                    opened.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    assertEquals(200, opened.read().status());
                }
                try (RawConnection more = new RawConnection(server.address())) {
                    assertEquals(0, more.read().status(), "closed at once");
                }
                open.removeLast().close();
                assertEquals(200, awaitAnswer(server).status());
            } finally {
                for (RawConnection connection : open) {
                    connection.close();
                }
            }
        }
    }

    @Test
    void headersAndAddressesHaveALength() throws Exception {
        try (ZoetropeServer server = start(KeyLimits.none(), ConnectionLimits.usual())) {
            String head = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n";
            assertEquals(
                    431,
                    RawConnection.exchange(server.address(), bytes(head + "X: " + "x".repeat(20_000) + "\r\n\r\n"))
                            .status());
            assertEquals(
                    414,
                    RawConnection.exchange(
                                    server.address(),
                                    bytes("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                            .status());
        }
    }

    /** The end of a connection is noticed a moment after it. */
    private static RawConnection.Reply awaitAnswer(ZoetropeServer server) throws Exception {
        byte[] request = bytes("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        RawConnection.Reply reply = RawConnection.exchange(server.address(), request);
        long start = System.nanoTime();
        while (reply.status() != 200 && System.nanoTime() - start < ServiceClient.LONGEST.toNanos()) {
            Thread.sleep(20);
            reply = RawConnection.exchange(server.address(), request);
        }
        return reply;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @MustBeClosed
    private ZoetropeServer start(KeyLimits keys, ConnectionLimits connections) {
        ServerSettings settings =
                ServerSettings.in(data).withPort(0).withAccess("127.0.0.1", ApiKeys.of(List.of(ALICE, BOB)));
        return ZoetropeServer.start(
                settings.withLimits(settings.limits().withKeys(keys).withConnections(connections)),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()));
    }

    private static Answer create(ServiceClient client, String key, String body) throws Exception {
        return create(client, key, "/v1/videos", body);
    }

    private static Answer create(ServiceClient client, String key, String path, String body) throws Exception {
        return client.send(client.request(path)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    private static Answer as(ServiceClient client, String key, String path) throws Exception {
        return client.send(client.request(path).header("Authorization", "Bearer " + key));
    }
}
