package dev.zoetrope.server.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.frame.FrameRate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiDocumentTest {
    private static final ApiDocument DOCUMENT = ApiDocument.load("flipbook");
    private static final Operation CREATE = DOCUMENT.operation("createVideo");

    @Test
    void rangesAreTheEngines() {
        assertEquals(RenderRequest.MAX_FRAMES, maximum("Frames"));
        assertEquals(RenderRequest.MAX_FRAMES, maximum("Seconds"));
        assertEquals(RenderRequest.MAX_STEPS, maximum("Steps"));
        assertEquals(RenderRequest.MAX_GUIDANCE, maximum("Guidance"));
        assertEquals(FrameSize.MAX_SIDE_PX, maximum("Side"));
        assertEquals(FrameRate.MAX_FRAMES_PER_SECOND, maximum("FramesPerSecond"));
        assertEquals(
                1.0 / FrameRate.MAX_FRAME_SECONDS,
                schema("FramesPerSecond").path("minimum").asDouble());
    }

    @Test
    void sizesAreEvenAndBetweenTheLeastAndTheMost() throws Exception {
        for (int side = 1; side <= FrameSize.MAX_SIDE_PX + 10; side++) {
            boolean fits = side % 2 == 0 && side >= 16 && side <= FrameSize.MAX_SIDE_PX;
            String body = "{\"prompt\":\"x\",\"size\":\"" + side + "x" + side + "\"}";
            assertEquals(fits, json(body).isEmpty(), body);
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> broken = new ArrayList<>();
        for (JsonNode reference : DOCUMENT.json().findValues("$ref")) {
            if (DOCUMENT.json().at(reference.asText().substring(1)).isMissingNode()) {
                broken.add(reference.asText());
            }
        }
        assertEquals(List.of(), broken);
        for (JsonNode link : DOCUMENT.json().findValues("links")) {
            link.forEach(target -> DOCUMENT.operation(target.path("operationId").asText()));
        }
    }

    @Test
    void whatAllHaveIsAdded() {
        JsonNode responses = DOCUMENT.json().at("/paths/~1v1~1videos/post/responses");
        for (String status : List.of("200", "400", "401", "403", "413", "415", "422", "429", "500", "503")) {
            assertTrue(responses.has(status), status);
        }
        assertTrue(responses.at("/200/headers").has("x-request-id"));
        assertEquals("flipbook", schema("Model").at("/enum/0").asText());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\":\"x\",\"num_frames\":0}|num_frames: expected a whole number from 1 to 100000, found 0 (nearest that works: 1)",
                "{\"prompt\":\"x\",\"num_frames\":\"8\"}|num_frames: expected a whole number from 1 to 100000, found '8'",
                "{\"prompt\":\"x\",\"num_frames\":[8]}|num_frames: expected a whole number from 1 to 100000, found a list",
                "{\"prompt\":\"x\",\"width\":64}|height: expected an even number from 16 to 4096 beside width, found none",
                "{\"prompt\":\"x\",\"width\":63,\"height\":64}|width: expected an even number from 16 to 4096, found 63",
                "{\"size\":\"64x64\"}|prompt: expected a text of 1 to 32000 characters that says what the video shows, found none",
                "{\"prompt\":\" \"}|prompt: expected a text of 1 to 32000 characters that says what the video shows, found only blanks",
                "{\"prompt\":\"x\",\"fps\":1e999}|fps: expected a number from 0.1 to 240, found one that is too large",
                "{\"prompt\":\"x\",\"input_reference\":{}}|input_reference[image_url]: expected data:image/…;base64,…, for no other address is followed (send the file), found none",
                "{\"prompt\":\"x\",\"model\":\"sora-2\"}|model: expected flipbook, found 'sora-2'",
                "[1]|body: expected a JSON object, found a list",
            })
    void aBodyInJsonIsRefusedInWords(String body, String message) throws Exception {
        assertEquals(Optional.of(message), json(body).map(Violation::message));
    }

    @Test
    void whatMayBeLeftOutMayBeNullInJson() throws Exception {
        assertTrue(json("{\"prompt\":\"x\",\"seed\":null,\"size\":null,\"input_reference\":null}")
                .isEmpty());
        assertFalse(json("{\"prompt\":null}").isEmpty());
    }

    @Test
    void textsOfAFormStandForNumbersAndFilesForFiles() {
        Map<String, String> fields = Map.of("prompt", "x", "num_frames", "8", "fps", "7.5", "seconds", "2");
        assertEquals(Optional.empty(), CREATE.checkForm(fields, Set.of("input_reference")));
        assertEquals(
                Optional.of("num_frames"),
                CREATE.checkForm(Map.of("prompt", "x", "num_frames", "8.5"), Set.of())
                        .flatMap(Violation::param));
        assertEquals(
                Optional.of("seed: expected a whole number of at most 64 bits, found '1e999999999'"),
                CREATE.checkForm(Map.of("prompt", "x", "seed", "1e999999999"), Set.of())
                        .map(Violation::message));
        assertEquals(
                Optional.of("input_reference: expected one picture as a file, found a text"),
                CREATE.checkForm(Map.of("prompt", "x", "input_reference", "y"), Set.of())
                        .map(Violation::message));
        assertEquals(
                Optional.of("size: expected WIDTHxHEIGHT such as 96x64, both even and from 16 to 4096, found a file"),
                CREATE.checkForm(Map.of("prompt", "x"), Set.of("size")).map(Violation::message));
    }

    @Test
    void parametersBehindTheQuestionMarkAreChecked() {
        Operation list = DOCUMENT.operation("listVideos");
        assertEquals(Optional.empty(), list.checkQuery(Map.of("limit", List.of("5"))));
        assertEquals(
                Optional.of("limit: expected a whole number from 1 to 100, found 0 (nearest that works: 1)"),
                list.checkQuery(Map.of("limit", List.of("0"))).map(Violation::message));
        assertEquals(
                Optional.of("oder: expected one of limit, after, order, found a field of another name"),
                list.checkQuery(Map.of("oder", List.of("asc"))).map(Violation::message));
        assertFalse(list.checkQuery(Map.of("limit", List.of("5", "6"))).isEmpty());
    }

    private static Optional<Violation> json(String body) throws Exception {
        return CREATE.checkJson(new ObjectMapper().readTree(body));
    }

    private static JsonNode schema(String name) {
        return DOCUMENT.json().at("/components/schemas/" + name);
    }

    private static double maximum(String name) {
        return schema(name).path("maximum").asDouble();
    }
}
