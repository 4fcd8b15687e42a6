package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace leads from who asked over the request to what its job did when. */
class TracesTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();

    @TempDir
    Path folder;

    @BeforeEach
    void bringAnSdk() {
        GlobalOpenTelemetry.resetForTest(); // another test's server may have asked for it, and found none
        GlobalOpenTelemetry.set(OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .build())
                .build());
    }

    @AfterEach
    void takeItAway() {
        GlobalOpenTelemetry.resetForTest();
    }

    @Test
    void aJobIsAChildOfItsRequestAndThatOfWhoAsked() throws Exception {
        try (ZoetropeServer server = ZoetropeServer.start(
                ServerSettings.in(folder).withPort(0), EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            ServiceClient client = new ServiceClient(server.address());
            String id = client.send(client.request("/v1/videos")
                            .header("Content-Type", "application/json")
                            .header("traceparent", "00-" + TRACE + "-" + CALLER + "-01")
                            .POST(BodyPublishers.ofString(
                                    "{\"prompt\":\"a red ball\",\"num_frames\":9,\"num_inference_steps\":3}")))
                    .json()
                    .path("id")
                    .asText();
            assertEquals("completed", client.awaitEnd(id).path("status").asText());
        } // which waits for the end of the job's run

        SpanData request = span("POST /v1/videos");
        assertEquals(SpanKind.SERVER, request.getKind());
        assertEquals(TRACE, request.getTraceId());
        assertEquals(CALLER, request.getParentSpanId());
        SpanData job = span("job");
        assertEquals(TRACE, job.getTraceId());
        assertEquals(request.getSpanId(), job.getParentSpanId());
        List<SpanData> parts = exporter.getFinishedSpanItems().stream()
                .filter(span -> span.getParentSpanId().equals(job.getSpanId()))
                .toList();
        Set<String> names = parts.stream().map(SpanData::getName).collect(Collectors.toSet());
        assertTrue(names.containsAll(Set.of("queued", "denoise", "decode")), names::toString);
        for (SpanData part : parts) {
            assertTrue(part.getStartEpochNanos() >= job.getStartEpochNanos(), part::toString);
            assertTrue(part.getEndEpochNanos() <= job.getEndEpochNanos(), part::toString);
        }
        SpanData look = exporter.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals("GET /v1/videos/{id}"))
                .findFirst()
                .orElseThrow();
        assertFalse(look.getTraceId().equals(TRACE), "another request, of nobody's trace");
    }

    private SpanData span(String name) {
        List<SpanData> found = exporter.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
        assertEquals(1, found.size(), () -> name + " in " + exporter.getFinishedSpanItems());
        return found.getFirst();
    }
}
