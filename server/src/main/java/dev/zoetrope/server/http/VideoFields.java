package dev.zoetrope.server.http;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.job.Jobs;
import io.vertx.ext.web.FileUpload;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The fields of a request for a video, turned into a request of the engine. What the engine refuses is refused here with
 * its own words, and the field is named.
 */
final class VideoFields {
    static final Set<String> NAMES = Collections.unmodifiableSet(new LinkedHashSet<>(List.of(
            "prompt",
            "model",
            "seconds",
            "size",
            "input_reference",
            "input_reference[image_url]",
            "width",
            "height",
            "num_frames",
            "fps",
            "num_inference_steps",
            "guidance_scale",
            "negative_prompt",
            "seed")));

    private static final String REFERENCE = "input_reference";
    private static final String REFERENCE_URL = "input_reference[image_url]";

    /** Far more than the model reads, far less than what would be a burden to keep. */
    private static final int LONGEST_PROMPT = 32_000;

    private static final int LONGEST_NUMBER = 32;

    /** Drawn seeds are below 2^32: they survive JSON readers that count in doubles. */
    private static final long DRAWN_SEEDS = 1L << 32;

    private final Fields fields;
    private final String model;
    private final long mostPixels;

    VideoFields(Fields fields, String model, long mostPixels) {
        this.fields = fields;
        this.model = model;
        this.mostPixels = mostPixels;
    }

    /** The prompt alone, for requests that take everything else from another video. */
    static String prompt(Fields fields) {
        String prompt = fields.text("prompt")
                .orElseThrow(() -> new ApiException(
                        400,
                        "prompt",
                        "missing_required_parameter",
                        "prompt: expected a text that says what the video shows, found none"));
        if (prompt.length() > LONGEST_PROMPT) {
            throw ApiException.field(
                    "prompt", "prompt: expected at most " + LONGEST_PROMPT + " characters, found " + prompt.length());
        }
        return prompt;
    }

    /** A seed where none is given. */
    static long drawnSeed() {
        return ThreadLocalRandom.current().nextLong(DRAWN_SEEDS);
    }

    /** The request without its files. */
    RenderRequest request() {
        fields.refuseAllBut(NAMES);
        checkModel();
        RenderRequest request = RenderRequest.of(prompt(fields));
        request = set(request, "negative_prompt", Function.identity(), RenderRequest::withNegativePrompt);
        request = size(request);
        request = set(request, "seconds", text -> number("seconds", text).doubleValue(), RenderRequest::withSeconds);
        request = set(request, "num_frames", text -> integer("num_frames", text), RenderRequest::withFrames);
        request = set(request, "fps", text -> number("fps", text).doubleValue(), RenderRequest::withFps);
        request = set(
                request, "num_inference_steps", text -> integer("num_inference_steps", text), RenderRequest::withSteps);
        request = set(
                request,
                "guidance_scale",
                text -> number("guidance_scale", text).doubleValue(),
                RenderRequest::withGuidance);
        return request.withSeed(
                fields.text("seed").map(text -> whole("seed", text)).orElseGet(VideoFields::drawnSeed));
    }

    /** The whole request: its picture, if there is one, goes to the video's folder and to the first frame. */
    Jobs.Preparation preparation() {
        RenderRequest request = request();
        Optional<FileUpload> upload = fields.file(REFERENCE);
        Optional<String> url = fields.text(REFERENCE_URL);
        if (fields.text(REFERENCE).isPresent() || (upload.isPresent() && url.isPresent())) {
            throw ApiException.field(
                    REFERENCE,
                    "input_reference: expected one picture as a file, found "
                            + (upload.isPresent() ? "two" : "a text"));
        }
        if (upload.isEmpty() && url.isEmpty()) {
            return _ -> request;
        }
        return folder -> {
            Path file = folder.path().resolve("input");
            if (upload.isPresent()) {
                Files.move(Path.of(upload.get().uploadedFileName()), file);
            } else {
                Files.write(file, decoded(url.orElseThrow()));
            }
            PictureHeader.check(REFERENCE, file, mostPixels);
            return request.withEdit(new Edit.Compose(List.of(Edit.Placed.at(file, 0)), List.of(), false));
        };
    }

    private static byte[] decoded(String url) {
        int comma = url.indexOf(',');
        if (!url.startsWith("data:") || comma < 0 || !url.substring(0, comma).endsWith(";base64")) {
            // Fetching an address for a client would let it look into networks that it cannot reach.
            throw ApiException.field(
                    REFERENCE_URL, "image_url: expected data:image/…;base64,…, found another address (send the file)");
        }
        try {
            return Base64.getDecoder().decode(url.substring(comma + 1));
        } catch (IllegalArgumentException e) {
            throw ApiException.field(REFERENCE_URL, "image_url: expected base64, found: " + e.getMessage());
        }
    }

    private void checkModel() {
        Optional<String> asked = fields.text("model").filter(name -> !name.equals(model));
        if (asked.isPresent()) {
            throw new ApiException(
                    400,
                    "model",
                    "model_not_found",
                    "model: expected " + model + ", found '"
                            + asked.get().substring(0, Math.min(asked.get().length(), 64)) + "' (GET /v1/models)");
        }
    }

    private RenderRequest size(RenderRequest request) {
        Optional<String> width = fields.text("width");
        Optional<String> height = fields.text("height");
        if (width.isPresent() != height.isPresent()) {
            String missing = width.isPresent() ? "height" : "width";
            throw ApiException.field(missing, missing + ": expected beside the other side, found none");
        }
        if (width.isPresent() && fields.text("size").isPresent()) {
            throw ApiException.field("size", "size: expected either size or width and height, found both");
        }
        if (width.isPresent()) {
            int widthPx = integer("width", width.get());
            return guarded("width", () -> request.withSize(widthPx, integer("height", height.orElseThrow())));
        }
        return set(request, "size", FrameSize::parse, RenderRequest::withSize);
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
                if (Math.abs((long) value.scale()) <= LONGEST_NUMBER) {
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
