package dev.zoetrope.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ErrorAnswersTest {
    private static String message(Runnable wrong) {
        return String.valueOf(
                Assertions.assertThrows(RequestException.class, wrong::run).getMessage());
    }

    @Test
    void theFieldIsTheOneThatTheEnginesOwnMessageBeginsWith() {
        assertEquals("size", ErrorAnswers.fieldOf(message(() -> FrameSize.parse("huge"))));
        assertEquals(
                "num_inference_steps",
                ErrorAnswers.fieldOf(message(() -> RenderRequest.of("a ball").withSteps(0))));
        assertEquals(
                "size", ErrorAnswers.fieldOf("size for .mp4 (h264): expected an even width and height, found 3x3"));
        assertNull(ErrorAnswers.fieldOf("sizes: expected one, found many"));
        assertNull(ErrorAnswers.fieldOf("model folder x: expected a model, found nothing"));
    }
}
