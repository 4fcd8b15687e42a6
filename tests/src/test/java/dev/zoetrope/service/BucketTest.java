package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.JobSettings;
import dev.zoetrope.server.config.RetentionSettings;
import dev.zoetrope.server.config.S3Settings;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Results in a bucket, of a store of its own process: moto, which answers as Amazon's does. */
@Timeout(600)
@EnabledIfEnvironmentVariable(
        named = ClientRun.PYTHON,
        matches = ".+",
        disabledReason = "names a Python with what tests/clients/requirements.txt says")
class BucketTest {
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    private static final Map<String, String> JOB =
            Map.of("prompt", "a red ball", "size", "32x32", "num_frames", "9", "num_inference_steps", "1");

    @TempDir
    static Path folder;

    private static Process store;
    private static URI endpoint;
    private static S3Client look;

    @BeforeAll
    static void startStore() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        endpoint = URI.create("http://127.0.0.1:" + port);
        store = new ProcessBuilder(
                        System.getenv(ClientRun.PYTHON), "-m", "moto.server", "-H", "127.0.0.1", "-p", "" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("store.txt").toFile())
                .start();
        System.setProperty("aws.accessKeyId", "testing");
        System.setProperty("aws.secretAccessKey", "testing");
        long start = System.nanoTime();
        while (!answers(port)) {
            assertTrue(
                    store.isAlive() && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60),
                    () -> "no store: " + folder.resolve("store.txt"));
            Thread.sleep(100);
        }
        look = S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        look.createBucket(request -> request.bucket("clips"));
    }

    private static boolean answers(int port) {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @AfterAll
    static void stopStore() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        if (look != null) {
            look.close();
        }
        store.destroyForcibly();
    }

    private static S3Settings bucket(String name) {
        return S3Settings.parse("s3://" + name + "/made?endpoint=" + endpoint);
    }

    @MustBeClosed
    private static ZoetropeServer start(String data, Duration expiry) {
        return ZoetropeServer.start(
                ServerSettings.in(folder.resolve(data))
                        .withPort(0)
                        .withJobs(JobSettings.defaults()
                                .withRetention(RetentionSettings.defaults().withExpiry(expiry))
                                .withResults(bucket("clips"))),
                TINY);
    }

    @Test
    void resultsAreInTheBucketServedFromItAndGoWithTheirVideo() throws Exception {
        try (ZoetropeServer server = start("data", Duration.ZERO)) {
            ServiceClient client = new ServiceClient(server.address());
            String id = client.create(JOB);
            assertEquals("completed", client.awaitEnd(id).path("status").asText());
            List<String> names = List.of("spritesheet.png", "thumbnail.png", "video.mp4");
            for (String name : names) {
                assertTrue(inBucket(id, name), name);
                Eventually.holds( // a moment after it is completed
                        name + " is in the bucket alone",
                        () -> Files.notExists(
                                folder.resolve("data/videos").resolve(id).resolve(name)));
            }

            String path = "/v1/videos/" + id + "/content";
            Answer whole = client.get(path);
            assertEquals(200, whole.status());
            assertEquals("video/mp4", whole.header("Content-Type"));
            assertEquals(9, VideosApiTest.countFrames(Files.write(folder.resolve("got.mp4"), whole.body())));
            assertEquals(whole.body().length, Integer.parseInt(whole.header("Content-Length")));
            Answer part = client.send(client.request(path).header("Range", "bytes=10-19"));
            assertEquals(206, part.status());
            assertEquals("bytes 10-19/" + whole.body().length, part.header("Content-Range"));
            assertArrayEquals(Arrays.copyOfRange(whole.body(), 10, 20), part.body());
            Answer known = client.send(client.request(path).header("If-None-Match", whole.header("ETag")));
            assertEquals(304, known.status());
            assertEquals(200, client.get(path + "?variant=thumbnail").status());
            assertArrayEquals(
                    whole.body(), client.get("/v1/videos/" + id + "/stream").body());

            Answer remix = client.form("/v1/videos/" + id + "/remix", Map.of("prompt", "a blue ball"));
            JsonNode remixed = client.awaitEnd(remix.json().path("id").asText());
            assertEquals("completed", remixed.path("status").asText(), remixed::toString);

            assertEquals(200, client.delete("/v1/videos/" + id).status());
            for (String name : names) {
                Eventually.holds(name + " has gone from the bucket", () -> !inBucket(id, name));
            }
            assertEquals(404, client.get(path).status());
        }
    }

    @Test
    void whatExpiresGoesFromTheBucketToo() throws Exception {
        try (ZoetropeServer server = start("expiring", Duration.ofSeconds(4))) {
            ServiceClient client = new ServiceClient(server.address());
            String id = client.create(JOB);
            client.awaitEnd(id);
            assertTrue(inBucket(id, "video.mp4"));
            Eventually.holds("it has gone from the bucket", () -> !inBucket(id, "video.mp4"));
            assertEquals(404, client.get("/v1/videos/" + id).status());
        }
    }

    @Test
    void anObjectThatSomebodyRemovedIsNotFound() throws Exception {
        try (ZoetropeServer server = start("removed", Duration.ZERO)) {
            ServiceClient client = new ServiceClient(server.address());
            String id = client.create(JOB);
            client.awaitEnd(id);
            Eventually.holds(
                    "it is in the bucket alone",
                    () -> Files.notExists(
                            folder.resolve("removed/videos").resolve(id).resolve("video.mp4")));
            look.deleteObject(request -> request.bucket("clips").key(key(id, "video.mp4")));
            Answer missing = client.get("/v1/videos/" + id + "/content");
            assertEquals(404, missing.status());
            assertEquals("not_found", missing.error().path("code").asText());
        }
    }

    @Test
    void aBucketThatIsNotThereIsRefusedAtTheStart() {
        String refused = String.valueOf(failedStart().getMessage());
        assertTrue(
                refused.startsWith("--results: expected the bucket nowhere at 127.0.0.1, found: status 404"), refused);
        assertFalse(refused.contains("\n"), refused);
    }

    private static OutputException failedStart() {
        ServerSettings settings = ServerSettings.in(folder.resolve("refused"))
                .withPort(0)
                .withJobs(JobSettings.defaults().withResults(bucket("nowhere")));
        return assertThrows(
                OutputException.class,
                () -> ZoetropeServer.start(settings, TINY).close());
    }

    private static String key(String id, String name) {
        return "made/" + id + "/" + name;
    }

    private static boolean inBucket(String id, String name) {
        try {
            return look.headObject(request -> request.bucket("clips").key(key(id, name)))
                            .contentLength()
                    > 0;
        } catch (NoSuchKeyException _) {
            return false;
        }
    }
}
