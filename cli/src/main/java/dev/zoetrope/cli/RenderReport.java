package dev.zoetrope.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineInfo;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.text.UnknownWord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What {@code --json} prints of a clip; {@code docs/cli.md} lists the fields. */
final class RenderReport {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private RenderReport() {}

    static ObjectNode of(Clip clip, EngineInfo engine, Path output, Optional<Path> latents, Duration total) {
        ObjectNode report = JSON.createObjectNode();
        report.put("output", output.toString());
        latents.ifPresent(file -> report.put("latents", file.toString()));
        report.put("size", clip.widthPx() + "x" + clip.heightPx());
        report.put("width", clip.widthPx());
        report.put("height", clip.heightPx());
        report.put("frames", clip.frames());
        report.put("fps", clip.fps());
        report.put("seconds", clip.frames() / clip.fps());
        report.put("seed", clip.request().seed());
        report.set("request", parse(clip.request().toJson()));
        report.set("timings", timings(clip.timings(), total));
        report.put("model", engine.model());
        report.put("model_folder", engine.modelFolder().toString());
        report.put("model_fingerprint", engine.modelFingerprint());
        report.put("provider", engine.provider());
        report.put("threads", engine.threads());
        report.put("library", "onnxruntime " + engine.libraryVersion());
        report.put("version", engine.softwareVersion());
        clip.warnings().forEach(report.putArray("warnings")::add);
        report.set("unknown_words", unknownWords(clip.unknownWords()));
        return report;
    }

    private static ArrayNode unknownWords(List<UnknownWord> words) {
        ArrayNode array = JSON.createArrayNode();
        for (UnknownWord word : words) {
            array.addObject()
                    .put("word", word.word())
                    .put("nearest", word.nearest())
                    .put("similarity", Math.round(word.similarity() * 100) / 100.0)
                    .put("read_as_nearest", word.readAsNearest());
        }
        return array;
    }

    /** Seconds by stage; {@code total} also holds what no stage counts. */
    private static ObjectNode timings(Map<Stage, Duration> stages, Duration total) {
        ObjectNode timings = JSON.createObjectNode();
        for (Stage stage : Stage.values()) {
            Duration time = stages.get(stage);
            if (time != null) {
                timings.put(stage.name().toLowerCase(Locale.ROOT), seconds(time));
            }
        }
        return timings.put("total", seconds(total));
    }

    /** To the millisecond: more digits would claim a precision that wall clocks do not have. */
    private static double seconds(Duration time) {
        return time.toMillis() / 1000.0;
    }

    static ObjectNode parse(String json) {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the runtime wrote JSON that cannot be read: " + json, e);
        }
    }
}
