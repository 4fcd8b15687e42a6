package dev.zoetrope.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EditJsonTest {
    private static final Path CLIP = Path.of("clips", "ä ball.mp4");
    private static final Path OTHER = Path.of("/tmp/other.webm");

    static Stream<Edit> edits() {
        return Stream.of(
                new Edit.Compose(List.of(), List.of(), false),
                new Edit.Compose(
                        List.of(new Edit.Placed(CLIP, -1.25, 1), new Edit.Placed(OTHER, 0.1, 0.3)),
                        List.of(
                                new Edit.Shot(1 / 3.0, "a \"blue\" square", Edit.Transition.CUT),
                                new Edit.Shot(2, "a star", Edit.Transition.BLEND)),
                        true),
                new Edit.Extend(CLIP, 8.1, true),
                new Edit.Extend(OTHER, 0.125, false),
                new Edit.Loop(CLIP, 1.5),
                new Edit.Connect(CLIP, OTHER, 3, Edit.Way.DISSOLVE),
                new Edit.Interpolate(CLIP),
                new Edit.Restyle(CLIP, 0.7, Optional.empty()),
                new Edit.Restyle(CLIP, 1, Optional.of(OTHER)),
                new Edit.KeyFrames(16));
    }

    @ParameterizedTest
    @MethodSource("edits")
    void anEditComesBackAsItWas(Edit edit) {
        RenderRequest request = RenderRequest.of("a red ball").withEdit(edit);
        assertEquals(request, RenderRequest.fromJson(request.toJson()));
    }

    @Test
    void everyKindOfEditIsAmongThem() {
        Set<Class<?>> kinds = edits().map(Edit::getClass).collect(Collectors.toSet());
        assertEquals(Set.copyOf(Arrays.asList(Edit.class.getPermittedSubclasses())), kinds);
    }

    @Test
    void continuityComesBackAsItWas() {
        for (Continuity continuity : List.of(
                new Continuity(2, 1, 0, false, 0),
                new Continuity(Continuity.MAX_WINDOW, 17, 0.123456789, true, 1 / 3.0))) {
            RenderRequest request = RenderRequest.of("a red ball").withContinuity(continuity);
            assertEquals(request, RenderRequest.fromJson(request.toJson()));
        }
        RenderRequest sampled =
                RenderRequest.of("a red ball").withContextSteps(5).withContextGuidance(1.25);
        assertEquals(sampled, RenderRequest.fromJson(sampled.toJson()));
        Continuity usual = new Continuity(7, 2, 0.05, true, 0);
        assertEquals(
                new Continuity(9, 3, 0.1, false, 0.5),
                usual.withWindow(9)
                        .withContext(3)
                        .withContextNoise(0.1)
                        .withAnchor(false)
                        .withMatching(0.5));
    }

    @Test
    void whatIsNotSaidIsNotWritten() {
        String json = RenderRequest.of("a red ball").toJson();
        assertFalse(json.contains("edit") || json.contains("continuity"), json);
    }

    @Test
    void inputsAreTheFilesInOrder() {
        assertEquals(
                List.of(
                        List.of(),
                        List.of(CLIP, OTHER),
                        List.of(CLIP),
                        List.of(OTHER),
                        List.of(CLIP),
                        List.of(CLIP, OTHER),
                        List.of(CLIP),
                        List.of(CLIP),
                        List.of(CLIP, OTHER),
                        List.of()),
                edits().map(Edit::inputs).toList());
    }

    @Test
    void whatCannotBeDoneIsRefused() {
        refused("strength", () -> new Edit.Restyle(CLIP, 0, Optional.empty()));
        refused("strength", () -> new Edit.Restyle(CLIP, Double.NaN, Optional.empty()));
        refused("strength of", () -> new Edit.Placed(CLIP, 0, 1.1));
        refused("time of", () -> new Edit.Placed(CLIP, Double.POSITIVE_INFINITY, 1));
        refused("time of a shot", () -> new Edit.Shot(-1, "a ball", Edit.Transition.CUT));
        refused("prompt of the shot", () -> new Edit.Shot(1, " ", Edit.Transition.CUT));
        refused("length to add", () -> new Edit.Extend(CLIP, 0, false));
        refused("length of the way back", () -> new Edit.Loop(CLIP, -1));
        refused("length of the connection", () -> new Edit.Connect(CLIP, OTHER, Double.NaN));
        refused("key frames", () -> new Edit.KeyFrames(0));
        refused("(nearest that works: 2)", () -> new Continuity(1, 1, 0, false, 0));
        refused("(nearest that works: 6)", () -> new Continuity(7, 7, 0, false, 0));
        refused("noise on the context", () -> new Continuity(7, 2, 0.95, false, 0));
        refused("matching", () -> new Continuity(7, 2, 0, false, Double.NaN));
    }

    @Test
    void anUnknownEditOrTransitionIsRefused() {
        refused(
                "edit: expected compose, extend,",
                () -> RenderRequest.fromJson("{\"prompt\":\"a ball\",\"edit\":{\"kind\":\"melt\"}}"));
        refused(
                "transition of a shot: expected cut or blend, found 'wipe'",
                () -> RenderRequest.fromJson("{\"prompt\":\"a ball\",\"edit\":{\"kind\":\"compose\",\"shots\":"
                        + "[{\"at\":1,\"prompt\":\"a star\",\"transition\":\"wipe\"}]}}"));
    }

    private static void refused(String part, org.junit.jupiter.api.function.Executable executable) {
        String message =
                String.valueOf(assertThrows(RequestException.class, executable).getMessage());
        assertTrue(message.contains(part), message);
        assertFalse(message.contains("\n"), message);
    }
}
