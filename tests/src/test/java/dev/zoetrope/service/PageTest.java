package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server does for its web page: the page's files, sessions of browsers, and making a video again. */
class PageTest {
    private static final String KEY = "the-key-of-somebody-at-a-browser";
    private static final String OTHER_KEY = "the-key-of-somebody-else-elsewhere";
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    private static final Map<String, String> SMALL =
            Map.of("prompt", "a red ball", "num_frames", "2", "num_inference_steps", "1", "seed", "7");

    @TempDir
    Path data;

    @MustBeClosed
    private ZoetropeServer open(String... keys) {
        return ZoetropeServer.start(
                ServerSettings.in(data)
                        .withAccess("127.0.0.1", keys.length == 0 ? ApiKeys.none() : ApiKeys.of(List.of(keys)))
                        .withPort(0),
                TINY);
    }

    @Test
    void thePageIsServedWithAllItsPartsAndRunsNothingElse() throws Exception {
        try (ZoetropeServer server = open(KEY)) { // the page itself needs no key
            ServiceClient client = new ServiceClient(server.address());
            Answer page = client.get("/");
            assertEquals(200, page.status());
            assertEquals("text/html; charset=utf-8", page.header("Content-Type"));
            String policy = page.header("Content-Security-Policy");
            assertTrue(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), policy);
            assertFalse(policy.contains("unsafe"), policy);
            assertEquals("nosniff", page.header("X-Content-Type-Options"));
            assertEquals("no-referrer", page.header("Referrer-Policy"));

            Set<String> named = new TreeSet<>();
            collect(Pattern.compile("(?:href|src)=\"/assets/([^\"]+)\""), page, named);
            for (String script : List.copyOf(named)) {
                collect(Pattern.compile("from '\\./([^']+)'"), client.get("/assets/" + script), named);
            }
            for (String script : List.copyOf(named)) {
                collect(Pattern.compile("from '\\./([^']+)'"), client.get("/assets/" + script), named);
            }
            assertEquals(filesOfThePage(), named, "what is in the jar is used, and what is used is in the jar");
            for (String part : named) {
                Answer file = client.get("/assets/" + part);
                assertEquals(200, file.status(), part);
                assertEquals("nosniff", file.header("X-Content-Type-Options"));
            }
            String document = new String(page.body(), StandardCharsets.UTF_8);
            assertFalse(document.contains("style=") || document.contains("onclick"), "nothing inline");
            assertEquals(404, client.get("/assets/../index.html").status());
            assertEquals(404, client.get("/assets/none.js").status());
        }
    }

    @Test
    void aPartThatABrowserHasIsNotSentAgain() throws Exception {
        try (ZoetropeServer server = open()) {
            ServiceClient client = new ServiceClient(server.address());
            Answer first = client.get("/assets/page.css");
            String tag = first.header("ETag");
            assertEquals("no-cache", first.header("Cache-Control"), "asked for again each time");
            Answer again = client.send(client.request("/assets/page.css").header("If-None-Match", tag));
            assertEquals(304, again.status());
            assertEquals(0, again.body().length);
            Answer head = client.send(client.request("/").method("HEAD", BodyPublishers.noBody()));
            assertEquals(String.valueOf(client.get("/").body().length), head.header("Content-Length"));
        }
    }

    @Test
    void aKeyIsExchangedForACookieThatScriptsCannotRead() throws Exception {
        try (ZoetropeServer server = open(KEY, OTHER_KEY)) {
            ServiceClient client = new ServiceClient(server.address());
            JsonNode before = client.get("/session").json();
            assertTrue(before.path("needs_key").asBoolean());
            assertFalse(before.path("signed_in").asBoolean());
            Answer wrong = client.json("/session", "{\"key\":\"no-key-of-this-server\"}");
            assertEquals(401, wrong.status());
            assertEquals("", wrong.header("Set-Cookie"));

            Answer right = client.json("/session", "{\"key\":\"" + KEY + "\"}");
            assertEquals(200, right.status());
            String given = right.header("Set-Cookie");
            assertTrue(given.contains("HTTPOnly") && given.contains("SameSite=Strict"), given);
            assertFalse(given.contains(KEY), "the key is not in it");
            String cookie = given.substring(0, given.indexOf(';'));

            assertEquals(200, with(client, cookie, "/v1/videos").status());
            assertTrue(with(client, cookie, "/session").json().path("signed_in").asBoolean());
            assertEquals(401, client.get("/v1/videos").status());
            String forged = cookie.substring(0, cookie.length() - 1) + (cookie.endsWith("0") ? "1" : "0");
            assertEquals(401, with(client, forged, "/v1/videos").status());

            Answer out = client.send(
                    client.request("/session").header("Cookie", cookie).DELETE());
            assertTrue(out.header("Set-Cookie").contains("Max-Age=0"), out.header("Set-Cookie"));
        }
    }

    @Test
    void aSessionSeesTheVideosOfItsKeyAndAnotherSitesPageCannotUseIt() throws Exception {
        try (ZoetropeServer server = open(KEY, OTHER_KEY)) {
            ServiceClient client = new ServiceClient(server.address());
            String mine = cookie(client, KEY);
            String others = cookie(client, OTHER_KEY);
            Answer created = client.send(client.request("/v1/videos")
                    .header("Cookie", mine)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"prompt\":\"a red ball\",\"num_frames\":1}")));
            assertEquals(200, created.status(), () -> created.json().toString());
            String path = "/v1/videos/" + created.json().path("id").asText();
            assertEquals(200, with(client, mine, path).status());
            assertEquals(404, with(client, others, path).status());
            Answer byKey = client.send(client.request(path)
                    .header("Authorization", "Bearer " + OTHER_KEY)
                    .header("Cookie", mine));
            assertEquals(404, byKey.status(), "who sends a key is the key's owner");

            for (Map.Entry<String, String> foreign : Map.of(
                            "Origin", "http://elsewhere.example",
                            "Sec-Fetch-Site", "same-site") // another port of this host
                    .entrySet()) {
                HttpRequest.Builder request = client.request(path).header("Cookie", mine);
                Answer refused = client.send(
                        request.header(foreign.getKey(), foreign.getValue()).DELETE());
                assertEquals(403, refused.status(), foreign.toString());
                assertEquals("wrong_origin", refused.error().path("code").asText());
            }
            Answer signIn = client.send(client.request("/session")
                    .header("Origin", "http://elsewhere.example")
                    .POST(BodyPublishers.ofString("{\"key\":\"" + KEY + "\"}")));
            assertEquals(403, signIn.status());
            Answer own = client.send(client.request(path)
                    .header("Cookie", mine)
                    .header("Origin", "https://" + server.address().getAuthority()) // as behind a proxy with TLS
                    .DELETE());
            assertEquals(200, own.status(), () -> own.json().toString());
        }
    }

    @Test
    void aVideoIsMadeAgainWithItsPicture() throws Exception {
        try (ZoetropeServer server = open()) {
            ServiceClient client = new ServiceClient(server.address());
            Answer asked = client.form("/v1/videos", SMALL, TestPicture.png(48, 32, 0x2040C0));
            assertEquals(200, asked.status(), () -> asked.json().toString());
            JsonNode first = client.awaitEnd(asked.json().path("id").asText());
            String address = "/v1/videos/" + first.path("id").asText();

            JsonNode same = finished(client, client.json(address + "/rerender", "{}"));
            assertEquals(7, same.path("seed").asLong());
            assertEquals("48x32", same.path("size").asText(), "the picture's");
            assertEquals(1, same.path("num_inference_steps").asInt());
            JsonNode other = finished(client, client.json(address + "/rerender", "{\"seed\":8}"));
            assertEquals(8, other.path("seed").asLong());

            Answer wrong = client.json(address + "/rerender", "{\"seed\":\"seven\"}");
            assertEquals(400, wrong.status());
            assertEquals("seed", wrong.error().path("param").asText());
            assertEquals(
                    404,
                    client.json("/v1/videos/video_" + "0".repeat(32) + "/rerender", "{}")
                            .status());
            Files.delete(
                    data.resolve("videos").resolve(first.path("id").asText()).resolve("input"));
            Answer gone = client.json(address + "/rerender", "{}");
            assertEquals(409, gone.status());
            assertEquals("input_gone", gone.error().path("code").asText());
        }
    }

    private static JsonNode finished(ServiceClient client, Answer asked) throws Exception {
        assertEquals(200, asked.status(), () -> asked.json().toString());
        JsonNode video = client.awaitEnd(asked.json().path("id").asText());
        assertEquals("completed", video.path("status").asText(), video::toString);
        return video;
    }

    private static String cookie(ServiceClient client, String key) throws Exception {
        String given = client.json("/session", "{\"key\":\"" + key + "\"}").header("Set-Cookie");
        return given.substring(0, given.indexOf(';'));
    }

    private static Answer with(ServiceClient client, String cookie, String path) throws Exception {
        return client.send(client.request(path).header("Cookie", cookie));
    }

    private static void collect(Pattern pattern, Answer text, Set<String> names) {
        pattern.matcher(new String(text.body(), StandardCharsets.UTF_8))
                .results()
                .forEach(found -> names.add(found.group(1)));
    }

    private static Set<String> filesOfThePage() throws Exception {
        Path folder =
                Path.of(System.getProperty("zoetrope.root"), "server/src/main/resources/dev/zoetrope/server/page");
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals("index.html"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
