package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.images.ImageGenStreamEvent;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import com.openai.models.videos.Video;
import com.openai.models.videos.VideoCreateParams;
import com.openai.models.videos.VideoDeleteResponse;
import com.openai.models.videos.VideoEditParams;
import com.openai.models.videos.VideoExtendParams;
import com.openai.models.videos.VideoListParams;
import com.openai.models.videos.VideoModel;
import com.openai.models.videos.VideoSeconds;
import com.openai.models.videos.VideoSize;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol's own Java client, unmodified: what it sends is understood, and what it gets it takes for the right thing. */
@SuppressWarnings("deprecation") // its maker has closed the service, and marked all of this so
class OfficialClientTest {
    private static final String KEY = "a-key-for-the-official-client";

    @TempDir
    Path data;

    private ZoetropeServer server;
    private OpenAIClient client;

    @BeforeEach
    @SuppressWarnings("MustBeClosed") // stop() closes it
    void start() {
        server = ZoetropeServer.start(
                ServerSettings.in(data)
                        .withAccess("127.0.0.1", ApiKeys.of(List.of(KEY)))
                        .withPort(0),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()));
        client = clientWith(KEY);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private OpenAIClient clientWith(String key) {
        return OpenAIOkHttpClient.builder()
                .apiKey(key)
                .baseUrl(server.address() + "/v1")
                .maxRetries(0)
                .build();
    }

    @Test
    void itCreatesPollsDownloadsListsRemixesEditsExtendsAndDeletes() throws Exception {
        Video video = client.videos()
                .create(VideoCreateParams.builder()
                        .prompt("a red ball")
                        .seconds(VideoSeconds.of("1"))
                        .size(VideoSize.of("32x32"))
                        .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(2))
                        .putAdditionalBodyProperty("guidance_scale", JsonValue.from(1.5))
                        .build());
        assertEquals(Video.Status.QUEUED, video.status());
        Video done = awaitEnd(video.id());
        assertEquals(Video.Status.COMPLETED, done.status());
        assertEquals(100, done.progress());
        assertEquals("32x32", done.size().asString());

        try (HttpResponse response = client.videos().downloadContent(video.id());
                InputStream body = response.body()) {
            assertEquals("ftyp", new String(body.readNBytes(8), 4, 4, StandardCharsets.US_ASCII));
        }
        Video second = awaitEnd(client.videos()
                .create(VideoCreateParams.builder()
                        .prompt("a blue square")
                        .inputReference(Files.write(data.resolve("red.png"), TestPicture.png(32, 32, 0xC02020)))
                        .putAdditionalBodyProperty("num_frames", JsonValue.from(2))
                        .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(1))
                        .build())
                .id());
        assertEquals(Video.Status.COMPLETED, second.status(), () -> String.valueOf(second.error()));
        Video remix = awaitEnd(client.videos()
                .remix(
                        video.id(),
                        com.openai.models.videos.VideoRemixParams.builder()
                                .prompt("a green star")
                                .build())
                .id());
        assertEquals(video.id(), remix.remixedFromVideoId().orElseThrow());

        Video edit = awaitEnd(client.videos()
                .edit(VideoEditParams.builder()
                        .prompt("snow")
                        .video(VideoEditParams.Video.VideoReferenceInputParam.builder()
                                .id(video.id())
                                .build())
                        .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(1))
                        .build())
                .id());
        assertEquals(Video.Status.COMPLETED, edit.status(), () -> String.valueOf(edit.error()));
        assertEquals(video.id(), edit.remixedFromVideoId().orElseThrow());
        Path file = data.resolve("first.mp4");
        try (HttpResponse response = client.videos().downloadContent(video.id());
                InputStream body = response.body()) {
            Files.copy(body, file);
        }
        Video longer = awaitEnd(client.videos()
                .extend(VideoExtendParams.builder()
                        .prompt("a red ball")
                        .seconds(VideoSeconds.of("1"))
                        .video(file)
                        .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(1))
                        .build())
                .id());
        assertEquals(Video.Status.COMPLETED, longer.status(), () -> String.valueOf(longer.error()));
        assertEquals("2", longer.seconds().asString());

        List<String> listed = client
                .videos()
                .list(VideoListParams.builder().limit(2).build())
                .autoPager()
                .stream()
                .map(Video::id)
                .toList();
        assertEquals(List.of(longer.id(), edit.id(), remix.id(), second.id(), video.id()), listed, "over three pages");

        VideoDeleteResponse deleted = client.videos().delete(video.id());
        assertTrue(deleted.deleted());
    }

    @Test
    void itGeneratesPicturesAndStreamsThem() {
        ImageGenerateParams params = ImageGenerateParams.builder()
                .prompt("a red ball")
                .n(2)
                .size(ImageGenerateParams.Size.of("32x32"))
                .outputFormat(ImageGenerateParams.OutputFormat.WEBP)
                .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(4))
                .build();
        ImagesResponse answer = client.images().generate(params);
        assertEquals(2, answer.data().orElseThrow().size());
        byte[] file = Base64.getDecoder()
                .decode(answer.data().orElseThrow().getFirst().b64Json().orElseThrow());
        assertEquals("RIFF", new String(file, 0, 4, StandardCharsets.US_ASCII));
        List<String> events = new ArrayList<>();
        try (StreamResponse<ImageGenStreamEvent> stream = client.images()
                .generateStreaming(params.toBuilder().n(1).partialImages(2).build())) {
            stream.stream()
                    .forEach(event -> events.add(
                            event.isGenerationCompleted()
                                    ? "completed"
                                    : "partial "
                                            + event.asGenerationPartialImage().partialImageIndex()));
        }
        assertEquals(List.of("partial 0", "partial 1", "completed"), events);
    }

    @Test
    void itTakesErrorsForWhatTheyAre() {
        NotFoundException missing =
                assertThrows(NotFoundException.class, () -> client.videos().retrieve("video_none"));
        assertEquals("not_found", missing.code().orElseThrow());
        BadRequestException refused = assertThrows(
                BadRequestException.class,
                () -> client.videos()
                        .create(VideoCreateParams.builder()
                                .prompt("a red ball")
                                .model(VideoModel.of("sora-2"))
                                .build()));
        assertEquals("model", refused.param().orElseThrow());
        OpenAIClient stranger = clientWith("a-key-that-nobody-gave-out");
        assertThrows(UnauthorizedException.class, () -> stranger.videos().list());
        stranger.close();
    }

    private Video awaitEnd(String id) throws InterruptedException {
        long start = System.nanoTime();
        Video video = client.videos().retrieve(id);
        while (video.status().equals(Video.Status.QUEUED) || video.status().equals(Video.Status.IN_PROGRESS)) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), () -> "not over: " + id);
            Thread.sleep(50);
            video = client.videos().retrieve(id);
        }
        return video;
    }
}
