package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.sample.StepTimes;
import dev.zoetrope.runtime.text.UnknownWord;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A finished denoise loop.
 *
 * @param latents the clip's latents; the receiver owns and closes them
 * @param timings how long each stage took
 * @param warnings what the user should know, one line each
 * @param unknownWords words of the prompt that the model was not trained on
 * @param times where the loop's time went
 * @param bytesCopied bytes that steps copied between buffers; 0 when everything is bound where it lies
 */
public record RenderResult(
        LatentReel latents,
        Map<Stage, Duration> timings,
        List<String> warnings,
        List<UnknownWord> unknownWords,
        StepTimes times,
        long bytesCopied) {
    public RenderResult {
        timings = Map.copyOf(new EnumMap<>(timings));
        warnings = List.copyOf(warnings);
        unknownWords = List.copyOf(unknownWords);
    }
}
