package dev.zoetrope.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.sample.StepSavings;
import dev.zoetrope.server.job.Jobs;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The fields of a request for a video, turned into a request of the engine. What the engine refuses is refused here with
 * its own words, and the field is named.
 */
final class VideoFields {
    private static final String FIRST_FRAME = "input_reference";
    private static final String LAST_FRAME = "last_frame";

    private static final int LONGEST_NUMBER = 32;

    /** No double has more places. */
    private static final int LARGEST_SCALE = 400;

    /** Drawn seeds are below 2^32: they survive JSON readers that count in doubles. */
    private static final long DRAWN_SEEDS = 1L << 32;

    private final Fields fields;

    VideoFields(Fields fields) {
        this.fields = fields;
    }

    /** The prompt alone, for requests that take everything else from another video. */
    static String prompt(Fields fields) {
        return fields.text("prompt")
                .orElseThrow(() -> new ApiException(
                        400,
                        "prompt",
                        "missing_required_parameter",
                        "prompt: expected a text that says what the video shows, found only blanks"));
    }

    /** The seed, if one is given. */
    static Optional<Long> seed(Fields fields) {
        return fields.text("seed").map(text -> whole("seed", text));
    }

    /** A seed where none is given. */
    static long drawnSeed() {
        return ThreadLocalRandom.current().nextLong(DRAWN_SEEDS);
    }

    /** The request without its files. */
    RenderRequest request() {
        RenderRequest request = look(prompt(fields));
        request = set(request, "seconds", text -> number("seconds", text).doubleValue(), RenderRequest::withSeconds);
        return set(request, "num_frames", text -> integer("num_frames", text), RenderRequest::withFrames);
    }

    /** The same of the length that follows from an edit. */
    RenderRequest look(String prompt) {
        RenderRequest request = RenderRequest.of(prompt);
        request = set(request, "negative_prompt", Function.identity(), RenderRequest::withNegativePrompt);
        request = size(request);
        request = set(request, "fps", text -> number("fps", text).doubleValue(), RenderRequest::withFps);
        request = set(
                request, "num_inference_steps", text -> integer("num_inference_steps", text), RenderRequest::withSteps);
        request = set(
                request,
                "guidance_scale",
                text -> number("guidance_scale", text).doubleValue(),
                RenderRequest::withGuidance);
        request = savings(request);
        return request.withSeed(seed(fields).orElseGet(VideoFields::drawnSeed));
    }

    /** The document knows what each may be; together they may still not fit. */
    private RenderRequest savings(RenderRequest request) {
        StepSavings usual = StepSavings.NONE;
        double threshold = share("reuse_threshold", usual.reuseThreshold());
        double start = share("guidance_start", usual.guidanceStart());
        double stop = share("guidance_stop", usual.guidanceStop());
        try {
            return request.withSavings(new StepSavings(threshold, start, stop));
        } catch (RequestException e) {
            throw ApiException.unfit("guidance_stop", String.valueOf(e.getMessage()));
        }
    }

    private double share(String name, double usual) {
        return fields.text(name).map(text -> number(name, text).doubleValue()).orElse(usual);
    }

    /** How urgent it is; does not change the video. */
    Priority priority() {
        return fields.text("priority")
                .flatMap(Priority::of) // the document knows no others
                .orElse(Priority.NORMAL);
    }

    /** A number that an edit has. */
    double number(String name, double usual) {
        return fields.text(name).map(text -> number(name, text).doubleValue()).orElse(usual);
    }

    /** The whole request, with what its time line is given: pictures, shots, a way back to the beginning. */
    Jobs.Preparation preparation(GivenFiles files) {
        RenderRequest request = request();
        boolean first = files.hasPicture(FIRST_FRAME);
        boolean last = files.hasPicture(LAST_FRAME);
        boolean loop = fields.text("loop").filter("true"::equals).isPresent();
        List<Edit.Shot> shots = fields.text("shots").map(VideoFields::shots).orElse(List.of());
        Optional<Integer> keyFrames = fields.text("key_frames").map(text -> integer("key_frames", text));
        if (!first && !last && !loop && shots.isEmpty()) {
            return _ -> keyFrames
                    .map(stride -> guarded("key_frames", () -> request.withEdit(new Edit.KeyFrames(stride))))
                    .orElse(request);
        }
        if (keyFrames.isPresent()) {
            throw ApiException.unfit(
                    "key_frames", "key_frames: expected neither pictures, shots nor a loop beside it, found some");
        }
        return folder -> {
            List<Edit.Placed> placed = new ArrayList<>();
            if (first) {
                placed.add(Edit.Placed.at(files.picture(FIRST_FRAME, folder, "input"), 0));
            }
            if (last) {
                placed.add(Edit.Placed.at(files.picture(LAST_FRAME, folder, "input-last"), Edit.Placed.LAST_FRAME));
            }
            return request.withEdit(new Edit.Compose(placed, shots, loop));
        };
    }

    /** Checked against the document already. */
    private static List<Edit.Shot> shots(String json) {
        List<Edit.Shot> shots = new ArrayList<>();
        try {
            for (JsonNode shot : Answers.JSON.readTree(json)) {
                Edit.Transition transition =
                        shot.path("transition").asText("cut").equals("blend")
                                ? Edit.Transition.BLEND
                                : Edit.Transition.CUT;
                shots.add(new Edit.Shot(
                        shot.path("at").asDouble(), shot.path("prompt").asText(), transition));
            }
        } catch (JsonProcessingException | RequestException e) {
            throw ApiException.unfit("shots", "shots: expected a list of them, found: " + e.getMessage());
        }
        return shots;
    }

    private RenderRequest size(RenderRequest request) {
        Optional<String> width = fields.text("width");
        Optional<String> height = fields.text("height");
        if (width.isPresent() != height.isPresent()) {
            String missing = width.isPresent() ? "height" : "width";
            throw ApiException.unfit(missing, missing + ": expected beside the other side, found none");
        }
        if (width.isPresent() && fields.text("size").isPresent()) {
            throw ApiException.unfit("size", "size: expected either size or width and height, found both");
        }
        if (width.isPresent()) {
            int widthPx = integer("width", width.get());
            return guarded("width", () -> request.withSize(widthPx, integer("height", height.orElseThrow())));
        }
        return fields.text("size").filter("auto"::equals).isPresent()
                ? request
                : set(request, "size", FrameSize::parse, RenderRequest::withSize);
    }

    /** Sets a value if the field is there. */
    private <T> RenderRequest set(
            RenderRequest request,
            String name,
            Function<String, T> parse,
            BiFunction<RenderRequest, T, RenderRequest> with) {
        Optional<String> text = fields.text(name);
        return text.isEmpty() ? request : guarded(name, () -> with.apply(request, parse.apply(text.get())));
    }

    private interface Change {
        RenderRequest make();
    }

    private static RenderRequest guarded(String name, Change change) {
        try {
            return change.make();
        } catch (RequestException e) {
            throw ApiException.field(name, String.valueOf(e.getMessage()));
        }
    }

    private static int integer(String name, String text) {
        try {
            return number(name, text).intValueExact();
        } catch (ArithmeticException _) {
            throw ApiException.field(name, name + ": expected a whole number, found '" + text + "'");
        }
    }

    private static long whole(String name, String text) {
        try {
            return number(name, text).longValueExact();
        } catch (ArithmeticException _) {
            throw ApiException.field(name, name + ": expected a whole number of at most 64 bits, found '" + text + "'");
        }
    }

    /** Short, and with a small exponent: 1e999999999 is a short text for a number that nobody can print. */
    private static BigDecimal number(String name, String text) {
        String stripped = text.strip();
        if (stripped.length() <= LONGEST_NUMBER) {
            try {
                BigDecimal value = new BigDecimal(stripped);
                if (Math.abs((long) value.scale()) <= LARGEST_SCALE) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // said below
            }
        }
        throw ApiException.field(
                name,
                name + ": expected a number, found '"
                        + stripped.substring(0, Math.min(stripped.length(), LONGEST_NUMBER)) + "'");
    }
}
