package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** A client of the videos API that is nothing but HTTP. Every wait has an end. */
final class ServiceClient implements AutoCloseable {
    /** Far longer than any job of these tests takes, on two busy cores. */
    static final Duration LONGEST = Duration.ofMinutes(2);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BOUNDARY = "part-of-a-form";
    private static final Set<String> UNFINISHED = Set.of("queued", "in_progress");

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI address;

    ServiceClient(URI address) {
        this.address = address;
    }

    /** What came back. */
    @SuppressWarnings("ArrayRecordComponent") // the bytes of an answer; nobody compares answers
    record Answer(int status, HttpHeaders headers, byte[] body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(new String(body, StandardCharsets.UTF_8), e);
            }
        }

        /** The error of an answer that is one. */
        JsonNode error() {
            return json().path("error");
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(LONGEST);
    }

    Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
        return new Answer(response.statusCode(), response.headers(), response.body());
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    Answer delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    Answer post(String path) throws IOException, InterruptedException {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    Answer json(String path, String body) throws IOException, InterruptedException {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    /** A form, as the official clients send it. */
    Answer form(String path, Map<String, String> fields) throws IOException, InterruptedException {
        return form(path, fields, new byte[0]);
    }

    /** A form with a picture. */
    Answer form(String path, Map<String, String> fields, byte[] picture) throws IOException, InterruptedException {
        return form(path, fields, picture.length == 0 ? Map.of() : Map.of("input_reference", picture));
    }

    /** A form with files, whose names and types say nothing, as some clients send them. */
    Answer form(String path, Map<String, String> fields, Map<String, byte[]> files)
            throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Map.Entry<String, String> field : fields.entrySet()) {
            body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field.getKey()
                            + "\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + field.getValue() + "\r\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + file.getKey()
                            + "\"; filename=\"../../x.png\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(file.getValue());
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    }

    /** Asks for a video and gives its id. */
    String create(Map<String, String> fields) throws IOException, InterruptedException {
        Answer answer = form("/v1/videos", fields);
        assertEquals(200, answer.status(), () -> answer.json().toString());
        return answer.json().path("id").asText();
    }

    JsonNode video(String id) throws IOException, InterruptedException {
        return get("/v1/videos/" + id).json();
    }

    /** Waits until a video is over. */
    JsonNode awaitEnd(String id) throws IOException, InterruptedException {
        long start = System.nanoTime();
        JsonNode video = video(id);
        while (UNFINISHED.contains(video.path("status").asText())) {
            if (System.nanoTime() - start > LONGEST.toNanos()) {
                throw new AssertionError("not over after " + LONGEST.toSeconds() + " s: " + video);
            }
            Thread.sleep(50);
            video = video(id);
        }
        return video;
    }

    /** An answer that is read while it comes. */
    HttpResponse<InputStream> open(String path) throws IOException, InterruptedException {
        return open(request(path).GET());
    }

    HttpResponse<InputStream> open(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofInputStream());
    }

    /** Ends its connections; one that is not closed keeps them for half a minute. */
    @Override
    public void close() {
        http.close();
    }
}
