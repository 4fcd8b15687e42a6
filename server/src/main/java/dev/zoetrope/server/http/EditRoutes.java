package dev.zoetrope.server.http;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoFolder;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * Videos made of other videos: {@code edits} and {@code extensions} as the protocol has them, {@code loops}, {@code
 * connections} and {@code interpolations} in the same form. Each takes {@code video} as a file or by its id, and makes a new
 * video; what is not said is as {@code zoetrope restyle}, {@code extend}, {@code loop}, {@code connect} and {@code
 * interpolate} have it.
 */
final class EditRoutes {
    private static final String VIDEO = "video";
    private static final String SECOND = "second_video";
    private static final String MASK = "mask";

    private static final double USUAL_STRENGTH = 0.8;
    private static final double USUAL_WAY_SECONDS = 2;

    private final Answers answers;
    private final Jobs jobs;
    private final long mostPixels;

    EditRoutes(Answers answers, Jobs jobs, long mostPixels) {
        this.answers = answers;
        this.jobs = jobs;
        this.mostPixels = mostPixels;
    }

    /** A request for an edit, while it is being put together. */
    private record Draft(Fields fields, VideoFields values, GivenFiles files, VideoFolder folder, Path video) {}

    /** Makes an edit of a video that lies in the new one's folder. */
    private interface Maker {
        Edit make(Draft draft) throws IOException;
    }

    /** {@code POST /v1/videos/edits}: made over to another prompt, but for what a mask keeps. */
    void edit(RoutingContext context) {
        create(context, RenderRequest::prompt, draft -> {
            Optional<Path> mask = draft.files().hasPicture(MASK)
                    ? Optional.of(draft.files().picture(MASK, draft.folder(), "mask"))
                    : Optional.empty();
            return new Edit.Restyle(draft.video(), draft.values().number("strength", USUAL_STRENGTH), mask);
        });
    }

    /** {@code POST /v1/videos/{id}/remix}: the same of a video in the address, with nothing but a prompt. */
    void remix(RoutingContext context) {
        Jobs ready = VideoRoutes.ready(jobs);
        Fields fields = Fields.of(context);
        String prompt = VideoFields.prompt(fields);
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        GivenFiles files = new GivenFiles(fields, ready, owner, mostPixels);
        answers.afterChecks(
                context,
                () -> {
                    Video source = files.completed(id);
                    RenderRequest request = RenderRequest.of(prompt)
                            .withNegativePrompt(source.request().negativePrompt())
                            .withSeed(VideoFields.drawnSeed());
                    return ready.create(
                            owner,
                            folder -> request.withEdit(new Edit.Restyle(
                                    files.copy(source, folder.path().resolve("input.mp4")),
                                    USUAL_STRENGTH,
                                    Optional.empty())),
                            Optional.of(id),
                            source.priority());
                },
                video -> Answers.json(context, 200, VideoJson.of(video)));
    }

    /** {@code POST /v1/videos/extensions}: more of it, behind its end or before its beginning. */
    void extend(RoutingContext context) {
        boolean backward =
                Fields.of(context).text("direction").filter("backward"::equals).isPresent();
        create(
                context,
                backward ? RenderRequest::prompt : RenderRequest::lastPrompt,
                draft -> new Edit.Extend(draft.video(), draft.values().number("seconds", 0), backward));
    }

    /** {@code POST /v1/videos/loops}: it and a way back to its beginning. */
    void loop(RoutingContext context) {
        create(
                context,
                RenderRequest::lastPrompt,
                draft -> new Edit.Loop(draft.video(), draft.values().number("seconds", USUAL_WAY_SECONDS)));
    }

    /** {@code POST /v1/videos/connections}: it, a second one, and what leads from one to the other. */
    void connect(RoutingContext context) {
        create(context, RenderRequest::lastPrompt, draft -> {
            Path second = draft.files().video(SECOND, draft.files().named(SECOND), draft.folder(), "input-second");
            Edit.Way way = switch (draft.fields().text("way").orElse("auto")) {
                case "made" -> Edit.Way.MADE;
                case "dissolve" -> Edit.Way.DISSOLVE;
                default -> Edit.Way.AUTO;
            };
            return new Edit.Connect(draft.video(), second, draft.values().number("seconds", USUAL_WAY_SECONDS), way);
        });
    }

    /** {@code POST /v1/videos/interpolations}: it at a higher frame rate. */
    void interpolate(RoutingContext context) {
        create(context, RenderRequest::prompt, draft -> new Edit.Interpolate(draft.video()));
    }

    /** @param promptOf what of the source's request says what is shown, where the new one does not */
    private void create(RoutingContext context, Function<RenderRequest, String> promptOf, Maker maker) {
        Jobs ready = VideoRoutes.ready(jobs);
        Fields fields = Fields.of(context);
        VideoFields values = new VideoFields(fields);
        Optional<String> owner = AccessGuard.owner(context);
        GivenFiles files = new GivenFiles(fields, ready, owner, mostPixels);
        answers.afterChecks(
                context,
                () -> {
                    Optional<Video> source = files.named(VIDEO);
                    String prompt = fields.text("prompt")
                            .or(() -> source.map(Video::request).map(promptOf))
                            .orElseThrow(() -> ApiException.unfit(
                                    "prompt",
                                    "prompt: expected one beside a video that is sent as a file, found none"));
                    RenderRequest request = values.look(prompt);
                    return ready.create(
                            owner,
                            folder -> {
                                Path video = files.video(VIDEO, source, folder, "input");
                                return request.withEdit(maker.make(new Draft(fields, values, files, folder, video)));
                            },
                            source.map(Video::id),
                            values.priority());
                },
                video -> Answers.json(context, 200, VideoJson.of(video)));
    }
}
