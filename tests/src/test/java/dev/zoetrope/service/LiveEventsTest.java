package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a video while it is made: over server-sent events and over a WebSocket, with pictures. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LiveEventsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "a-key-for-those-who-watch";

    /** Some seconds of steps, so that there is something to watch. */
    private static final Map<String, String> SLOW = Map.of(
            "prompt", "a red ball", "size", "96x64", "num_frames", "16", "num_inference_steps", "60", "seed", "5");

    @TempDir
    Path data;

    private ZoetropeServer server;
    private ServiceClient client;

    @SuppressWarnings("MustBeClosed") // stop() closes it
    private void start(ApiKeys keys) {
        server = ZoetropeServer.start(
                ServerSettings.in(data).withAccess("127.0.0.1", keys).withPort(0), EngineOptions.defaults());
        client = new ServiceClient(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void picturesAreShownToWhoWatchesAndChangeNothing() throws Exception {
        start(ApiKeys.none());
        String unwatched = client.create(SLOW);
        assertEquals("completed", client.awaitEnd(unwatched).path("status").asText());
        assertEquals(404, client.get("/v1/videos/" + unwatched + "/preview").status(), "of what is done there is none");

        String watched = client.create(SLOW);
        List<JsonNode> previews = new ArrayList<>();
        List<Answer> fetched = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                client.open("/v1/videos/" + watched + "/events").body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: ")) {
                    JsonNode event = JSON.readTree(line.substring("data: ".length()));
                    if (event.path("type").asText().equals("preview")) {
                        previews.add(event);
                        if (fetched.isEmpty()) {
                            fetched.add(client.get("/v1/videos/" + watched + "/preview"));
                        }
                    }
                }
            }
        }
        assertTrue(previews.size() >= 2, previews.size() + " previews");
        int step = 0;
        for (JsonNode preview : previews) {
            assertTrue(preview.path("step").asInt() > step, preview.path("step") + " after " + step);
            step = preview.path("step").asInt();
            assertPicture(preview);
        }
        assertEquals(200, fetched.getFirst().status(), "a page that was loaded again fetches it");
        assertEquals("image/webp", fetched.getFirst().header("Content-Type"));
        assertArrayEquals(
                client.get("/v1/videos/" + unwatched + "/content").body(),
                client.get("/v1/videos/" + watched + "/content").body(),
                "watched or not, the same file");
    }

    @Test
    void whoAsksForAPictureGetsOneAfterTheNextStep() throws Exception {
        start(ApiKeys.none());
        String id = client.create(SLOW);
        long start = System.nanoTime();
        Answer answer = client.get("/v1/videos/" + id + "/preview");
        while (answer.status() == 404 && System.nanoTime() - start < ServiceClient.LONGEST.toNanos()) {
            assertEquals("not_ready", answer.error().path("code").asText());
            Thread.sleep(20);
            answer = client.get("/v1/videos/" + id + "/preview");
        }
        assertEquals(200, answer.status());
        assertEquals("RIFF", new String(answer.body(), 0, 4, StandardCharsets.US_ASCII));
        assertEquals("in_progress", client.video(id).path("status").asText());
        assertEquals(
                List.of(),
                types(client.get("/v1/videos/" + id + "/events?previews=false")).stream()
                        .filter("preview"::equals)
                        .toList());
    }

    @Test
    void aWebSocketTellsTheSame() throws Exception {
        start(ApiKeys.none());
        String id = client.create(SLOW);
        Listener listener = new Listener();
        connect(id, listener, List.of(), "http://" + server.address().getAuthority());
        assertEquals(WebSocket.NORMAL_CLOSURE, listener.closed.get(2, TimeUnit.MINUTES));
        List<String> types = listener.messages.stream()
                .map(event -> event.path("type").asText())
                .toList();
        assertEquals("completed", types.getLast());
        assertTrue(types.containsAll(List.of("step", "preview", "frame")), types::toString);
        listener.messages.stream()
                .filter(event -> event.path("type").asText().equals("preview"))
                .forEach(this::assertPicture);

        assertEquals(403, refusal(id, List.of(), "http://evil.example"), "another site's page");
    }

    @Test
    void aPageGivesItsKeyAsASubprotocol() throws Exception {
        start(ApiKeys.of(List.of(KEY)));
        Answer created = client.send(client.request("/v1/videos")
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(
                        "{\"prompt\":\"a red ball\",\"seconds\":\"1\",\"num_inference_steps\":2}")));
        String id = created.json().path("id").asText();
        Listener listener = new Listener();
        WebSocket socket =
                connect(id, listener, List.of("zoetrope", "openai-insecure-api-key." + KEY), "https://page.example");
        assertEquals("zoetrope", socket.getSubprotocol(), "browsers want one of what they offered");
        listener.closed.get(2, TimeUnit.MINUTES);
        assertEquals("completed", listener.messages.getLast().path("type").asText());
        assertEquals(401, refusal(id, List.of("zoetrope"), "https://page.example"), "without a key");
        assertEquals(401, refusal(id, List.of("zoetrope", "openai-insecure-api-key.another-key-altogether"), "x"));
    }

    private WebSocket connect(String id, Listener listener, List<String> protocols, String origin) {
        WebSocket.Builder builder =
                HttpClient.newHttpClient().newWebSocketBuilder().header("Origin", origin);
        if (!protocols.isEmpty()) {
            builder.subprotocols(
                    protocols.getFirst(), protocols.subList(1, protocols.size()).toArray(String[]::new));
        }
        URI address = URI.create("ws://" + server.address().getAuthority() + "/v1/videos/" + id + "/events");
        return builder.buildAsync(address, listener)
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private int refusal(String id, List<String> protocols, String origin) {
        CompletionException failure =
                assertThrows(CompletionException.class, () -> connect(id, new Listener(), protocols, origin));
        return ((WebSocketHandshakeException) failure.getCause()).getResponse().statusCode();
    }

    private void assertPicture(JsonNode preview) {
        String url = preview.path("image_url").asText();
        assertTrue(url.startsWith("data:image/webp;base64,"), url);
        try {
            Path file = Files.write(
                    data.resolve("preview.webp"), Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1)));
            try (ClipReader reader = ClipReader.open(file)) {
                assertEquals(preview.path("width").asInt(), reader.info().widthPx());
                assertEquals(96, reader.info().widthPx());
                assertEquals(64, reader.info().heightPx());
            }
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> types(Answer events) {
        return new String(events.body(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring("event: ".length()))
                .toList();
    }

    /** Puts messages together. */
    private static final class Listener implements WebSocket.Listener {
        private final List<JsonNode> messages = new ArrayList<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                try {
                    messages.add(JSON.readTree(text.toString()));
                } catch (java.io.IOException e) {
                    closed.completeExceptionally(e);
                }
                text.setLength(0);
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }
}
