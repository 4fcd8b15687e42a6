package dev.zoetrope.runtime;

import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.pipeline.Footage;
import dev.zoetrope.runtime.pipeline.KeptRegion;
import dev.zoetrope.runtime.pipeline.ShownPicture;
import dev.zoetrope.runtime.timeline.Composition;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Refinement;
import dev.zoetrope.runtime.timeline.Restyling;
import dev.zoetrope.runtime.timeline.RunSpan;
import dev.zoetrope.runtime.timeline.Windowing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Lays what an edit names on a time line of whole frames. */
final class LineResolver {
    /**
     * How an edit is made.
     *
     * @param line runs and windows
     * @param prompts by number
     * @param inputs by number
     * @param shown pictures that the network is shown beside the latents
     * @param region what of the first input's pixels stays
     * @param sounds where the sound of inputs belongs
     */
    record Line(
            LinePlan line,
            List<String> prompts,
            List<Footage> inputs,
            List<ShownPicture> shown,
            Optional<KeptRegion> region,
            List<Sound> sounds) {
        Line(LinePlan line, List<String> prompts, List<Footage> inputs, List<Sound> sounds) {
            this(line, prompts, inputs, List.of(), Optional.empty(), sounds);
        }
    }

    /**
     * Sound of an input that is kept.
     *
     * @param input its number
     * @param atFrame where it begins
     * @param frames how long it is
     */
    record Sound(int input, int atFrame, int frames) {}

    /** Number of the second clip's prompt where two dissolve into each other. */
    private static final int SECOND_PROMPT = 1;

    private final CompressorGeometry geometry;
    private final FrameSize size;
    private final double fps;
    private final Windowing windowing;
    private final String prompt;
    private final OptionalInt wanted;
    private final int usual;
    private final RequestInputs files;
    private final boolean showsPictures;
    private final LatentGrid still;

    /**
     * @param wanted length in frames, if the request says one
     * @param usual length in frames where neither request nor inputs say one
     * @param files what the edit names
     * @param showsPictures whether the network is shown pictures beside the latents, not as some of them
     */
    LineResolver(
            CompressorGeometry geometry,
            FrameSize size,
            double fps,
            Windowing windowing,
            String prompt,
            OptionalInt wanted,
            int usual,
            RequestInputs files,
            boolean showsPictures) {
        this.geometry = geometry;
        this.size = size;
        this.fps = fps;
        this.windowing = windowing;
        this.prompt = prompt;
        this.wanted = wanted;
        this.usual = usual;
        this.files = files;
        this.showsPictures = showsPictures;
        this.still = grid(1);
    }

    Line resolve(Optional<Edit> edit) {
        if (edit.isEmpty()) {
            return made(Composition.of(wanted.orElse(usual)));
        }
        return switch (edit.get()) {
            case Edit.Compose compose -> compose(compose);
            case Edit.Extend extend -> extend(extend);
            case Edit.Loop loop -> loop(loop);
            case Edit.Connect connect -> connect(connect);
            case Edit.Interpolate interpolate -> interpolate(interpolate);
            case Edit.Restyle restyle -> restyle(restyle);
            case Edit.KeyFrames keys -> keyFrames(keys);
        };
    }

    private Line made(Composition composition) {
        return new Line(
                composition.plan(grid(composition.frames()), fps, windowing), List.of(prompt), List.of(), List.of());
    }

    private Line kept(int frames, List<Composition.Kept> kept, List<Footage> inputs, boolean loop) {
        return kept(frames, kept, inputs, loop, List.of(prompt));
    }

    private Line kept(
            int frames, List<Composition.Kept> kept, List<Footage> inputs, boolean loop, List<String> prompts) {
        checkLength(frames);
        Composition composition =
                new Composition(frames, kept, List.of(), List.of(new Composition.Shot(0, false)), loop);
        List<Sound> sounds = new ArrayList<>();
        for (int i = 0; i < kept.size(); i++) {
            sounds.add(new Sound(i, kept.get(i).atFrame(), inputs.get(i).frames()));
        }
        return new Line(composition.plan(grid(frames), fps, windowing), prompts, inputs, sounds);
    }

    private Line extend(Edit.Extend extend) {
        Footage clip = footage(files.clip(extend.clip()), extend.backward() ? InputFile.Odd.LAST : InputFile.Odd.FIRST);
        int more = frames(extend.seconds());
        if (extend.backward()) { // whole latents: then the last new frame is the clip's first
            more = Math.max(1, Math.round((float) more / geometry.temporal())) * geometry.temporal();
        }
        int at = extend.backward() ? more : 0;
        return kept(clip.frames() + more, List.of(new Composition.Kept(at, clip.runs())), List.of(clip), false);
    }

    private Line loop(Edit.Loop loop) {
        Footage clip = footage(files.clip(loop.clip()), InputFile.Odd.FIRST);
        int back = leading(frames(loop.seconds()), clip);
        return kept(clip.frames() + back, List.of(new Composition.Kept(0, clip.runs())), List.of(clip), true);
    }

    private Line connect(Edit.Connect connect) {
        Footage first = footage(files.clip(connect.first()), InputFile.Odd.FIRST);
        Footage second = footage(files.clip(connect.second()), InputFile.Odd.LAST);
        int between = leading(frames(connect.seconds()), first);
        int at = first.frames() + between;
        boolean dissolve = dissolves(connect);
        return kept(
                at + second.frames(),
                List.of(
                        new Composition.Kept(0, first.runs()),
                        new Composition.Kept(
                                at, second.runs(), dissolve ? OptionalInt.of(SECOND_PROMPT) : OptionalInt.empty())),
                List.of(first, second),
                false,
                dissolve ? List.of(prompt, promptOf(connect.second())) : List.of(prompt));
    }

    private boolean dissolves(Edit.Connect connect) {
        return switch (connect.way()) {
            case AUTO -> Strangers.are(files.of(connect.first()), files.of(connect.second()), size, fps);
            case MADE -> false;
            case DISSOLVE -> true;
        };
    }

    /** What a clip's past shows: what the clip was made from, where it says so. */
    private String promptOf(Path clip) {
        return ClipRecord.of(files.of(clip).info())
                .map(record -> record.request().prompt())
                .orElse(prompt);
    }

    /** The length nearest to the one asked for at which a run that goes on ends on the first frame of what follows. */
    private int leading(int frames, Footage before) {
        RunSpan last = before.runs().stream()
                .filter(run -> run.frames() > 0)
                .reduce((earlier, later) -> later)
                .orElseThrow();
        int hidden = last.codedFrames(geometry.temporal()) - last.firstFrame() - last.frames();
        int latents = Math.max(1, Math.round((float) (frames + 1 - hidden) / geometry.temporal()));
        return latents * geometry.temporal() - 1 + hidden;
    }

    private Line interpolate(Edit.Interpolate interpolate) {
        InputFile input = files.clip(interpolate.clip());
        double rate = input.info().rate().framesPerSecond();
        if (!(fps > rate)) {
            throw new RequestException("fps: expected more than the " + rate + " frames a second of "
                    + interpolate.clip() + ", found " + fps + " (nearest that works: " + 2 * rate + ")");
        }
        Footage clip = input.footage(still, rate, InputFile.Odd.ALL, geometry.channels());
        int frames = 1 + (int) Math.floor((clip.frames() - 1) * fps / rate + 1e-6);
        checkLength(frames);
        LinePlan line = Refinement.ofInterpolation(grid(frames), clip.frames(), rate, fps);
        return new Line(line, List.of(prompt), List.of(clip), List.of(new Sound(0, 0, frames)));
    }

    private Line restyle(Edit.Restyle restyle) {
        Footage clip = footage(files.of(restyle.source()), InputFile.Odd.LAST);
        checkLength(clip.frames());
        LinePlan line = Restyling.plan(grid(clip.frames()), fps, clip.runs(), restyle.strength(), windowing);
        return new Line(
                line,
                List.of(prompt),
                List.of(clip),
                List.of(),
                restyle.mask().map(mask -> keptRegion(restyle.source(), mask)),
                List.of(new Sound(0, 0, clip.frames())));
    }

    private KeptRegion keptRegion(Path source, Path mask) {
        return new KeptRegion(files.of(source).measured(), files.picture(mask).measured());
    }

    private Line keyFrames(Edit.KeyFrames keys) {
        LatentGrid grid = grid(wanted.orElse(usual));
        try {
            LinePlan line = Refinement.ofKeyFrames(grid, fps, keys.stride(), windowing);
            return new Line(line, List.of(prompt), List.of(), List.of());
        } catch (IllegalArgumentException e) {
            throw new RequestException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A picture or clip of a composition, with the frame at which it begins. */
    private record Thing(Edit.Placed placed, InputFile file, int atFrame) {}

    private Line compose(Edit.Compose compose) {
        List<InputFile> placedFiles =
                compose.placed().stream().map(thing -> files.of(thing.file())).toList();
        int frames = wanted.orElseGet(() -> Math.max(usual, endOf(compose, placedFiles)));
        List<Thing> things = new ArrayList<>();
        for (int i = 0; i < placedFiles.size(); i++) {
            Edit.Placed placed = compose.placed().get(i);
            things.add(new Thing(placed, placedFiles.get(i), frameAt(placed.atSeconds(), frames)));
        }
        things.sort(Comparator.comparingInt(Thing::atFrame));
        List<Composition.Kept> kept = new ArrayList<>();
        List<Composition.Still> stills = new ArrayList<>();
        List<Footage> inputs = new ArrayList<>();
        List<Footage> pictures = new ArrayList<>();
        List<ShownPicture> shown = new ArrayList<>();
        List<Sound> sounds = new ArrayList<>();
        for (Thing thing : things) {
            InputFile.Odd odd = thing.atFrame() == 0 ? InputFile.Odd.FIRST : InputFile.Odd.LAST;
            Footage footage = thing.file().footage(still, fps, odd, geometry.channels());
            if (thing.file().isPicture() && showsPictures) {
                shown.add(shown(thing, footage, frames));
                continue;
            }
            if (thing.file().isPicture()) {
                stills.add(new Composition.Still(thing.atFrame(), thing.placed().strength()));
                pictures.add(footage);
                continue;
            }
            if (thing.placed().strength() != 1) {
                throw new RequestException("strength of " + thing.placed().file() + ": expected 1 for a clip, found "
                        + thing.placed().strength() + " (restyle changes a clip)");
            }
            kept.add(new Composition.Kept(thing.atFrame(), footage.runs()));
            sounds.add(new Sound(inputs.size(), thing.atFrame(), footage.frames()));
            inputs.add(footage);
        }
        inputs.addAll(pictures);
        List<String> prompts = new ArrayList<>(List.of(prompt));
        compose.shots().forEach(shot -> prompts.add(shot.prompt()));
        Composition composition = new Composition(frames, kept, stills, shots(compose), compose.loop());
        return new Line(
                composition.plan(grid(frames), fps, windowing), prompts, inputs, shown, Optional.empty(), sounds);
    }

    /** A picture beside the latents is the clip's first frame or its last one, and then the codec's last one too. */
    private ShownPicture shown(Thing thing, Footage footage, int frames) {
        Path file = thing.placed().file();
        if (thing.atFrame() != 0 && thing.atFrame() != frames - 1) {
            throw new RequestException("picture " + file + ": expected on the first or the last frame, 0 or "
                    + (frames - 1) + ", for the model was trained with those, found on frame " + thing.atFrame());
        }
        if (thing.placed().strength() != 1) {
            throw new RequestException("strength of " + file + ": expected 1, for the model takes pictures as they are,"
                    + " found " + thing.placed().strength());
        }
        int coded = grid(frames).codedFrames();
        if (thing.atFrame() != 0 && coded != frames) {
            throw new RequestException("length: expected 1 + " + geometry.temporal() + "n frames where the last one is"
                    + " given, found " + frames + " (nearest that works: " + coded + ")");
        }
        return new ShownPicture(thing.atFrame(), footage);
    }

    /** The request's own shot, then the composition's. */
    private List<Composition.Shot> shots(Edit.Compose compose) {
        List<Composition.Shot> shots = new ArrayList<>(List.of(new Composition.Shot(0, false)));
        for (Edit.Shot shot : compose.shots()) {
            shots.add(new Composition.Shot(frames(shot.atSeconds()), shot.transition() == Edit.Transition.CUT));
        }
        return shots;
    }

    private int endOf(Edit.Compose compose, List<InputFile> placedFiles) {
        int end = 1;
        for (int i = 0; i < placedFiles.size(); i++) {
            InputFile file = placedFiles.get(i);
            double at = Math.max(0, compose.placed().get(i).atSeconds());
            end = Math.max(
                    end, frames(at + (file.isPicture() ? 1 / fps : file.info().seconds())));
        }
        return end;
    }

    /** From the end, what is nearer to it than to the last frame is that frame all the same. */
    private int frameAt(double seconds, int frames) {
        int frame = (int) Math.round(seconds * fps);
        return seconds < 0 ? frames + Math.min(-1, frame) : frame;
    }

    private Footage footage(InputFile file, InputFile.Odd odd) {
        return file.footage(still, fps, odd, geometry.channels());
    }

    /** A length that follows from the inputs cannot be asked for. */
    private void checkLength(int frames) {
        if (wanted.isPresent() && wanted.getAsInt() != frames) {
            throw new RequestException("length: expected none, for it follows from the clips (" + frames
                    + " frames), found " + wanted.getAsInt() + " frames");
        }
        if (frames > RenderRequest.MAX_FRAMES) {
            throw new RequestException(
                    "length: expected at most " + RenderRequest.MAX_FRAMES + " frames, found " + frames);
        }
    }

    private int frames(double seconds) {
        return Math.max(1, Math.toIntExact(Math.round(seconds * fps)));
    }

    private LatentGrid grid(int frames) {
        return new LatentGrid(size.widthPx(), size.heightPx(), frames, geometry.spatial(), geometry.temporal());
    }
}
