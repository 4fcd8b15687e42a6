package dev.zoetrope.gpu;

import dev.zoetrope.runtime.ClipShape;
import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** One step and one decode of a model on random numbers, which a clip's shape and its number alone decide. */
final class Steps {
    private static final int TEXT_TOKENS = 11;
    private static final float SIGMA = 0.7f;
    private static final float TIMESTEP = 700;

    private Steps() {}

    /** Velocities of clips that are packed in one sequence. */
    static List<float[]> velocities(VideoModel model, List<ClipShape> clips, List<Integer> numbers) {
        int width = model.packing().textWidth();
        try (Arena arena = Arena.ofShared()) {
            List<PackedSegment> segments = new ArrayList<>();
            for (int i = 0; i < clips.size(); i++) {
                Random random = new Random(numbers.get(i));
                int tokens = TEXT_TOKENS + numbers.get(i);
                MemorySegment states = normal(arena, (long) tokens * width, random);
                segments.add(
                        new PackedSegment(TextEmbedding.of(states, tokens, width), layout(model, clips.get(i)), i));
            }
            try (PackedSequence sequence = PackedSequence.pack(segments, model.packing());
                    BoundDenoiser bound = model.denoiser().bind(sequence)) {
                for (int i = 0; i < clips.size(); i++) {
                    fill(sequence, i, numbers.get(i), arena);
                }
                bound.run();
                return IntStream.range(0, clips.size())
                        .mapToObj(i -> sequence.velocityOf(i).toArray(ValueLayout.JAVA_FLOAT))
                        .toList();
            }
        }
    }

    private static void fill(PackedSequence sequence, int clip, int number, Arena arena) {
        Random random = new Random(~number);
        long tokens = sequence.layoutOf(clip).tokens();
        sequence.load(clip, normal(arena, tokens * sequence.options().channels(), random));
        if (sequence.options().conditionChannels() > 0) {
            sequence.loadCondition(
                    clip, normal(arena, tokens * sequence.options().conditionChannels(), random));
        }
        for (int group = 0; group < sequence.layoutOf(clip).groups().size(); group++) {
            sequence.setSigma(clip, group, SIGMA);
            sequence.setTimestep(clip, group, TIMESTEP);
        }
    }

    /** Every byte that the decoder makes of a clip. */
    static byte[] frames(VideoModel model, ClipShape clip) {
        LatentGrid grid = grid(model, clip);
        long numbers = (long) grid.rows()
                * grid.columns()
                * model.compressor().geometry().channels();
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        try (Arena arena = Arena.ofShared();
                StreamingDecoder decoder = StreamingDecoder.open(model.compressor(), grid.rows(), grid.columns())) {
            Random random = new Random(grid.groups());
            List<MemorySegment> latents = new ArrayList<>();
            for (int group = 0; group < grid.groups(); group++) {
                latents.add(normal(arena, numbers, random));
            }
            decoder.startRun(latents, () -> {});
            for (int group = 0; group < grid.groups(); group++) {
                MemorySegment made = decoder.decode(latents.get(group));
                long first = group == 0 ? grid.temporal() - 1 : 0; // a run's first latent is one frame
                frames.writeBytes(
                        made.asSlice(first * decoder.frameBytes(), (grid.temporal() - first) * decoder.frameBytes())
                                .toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return frames.toByteArray();
    }

    private static ClipLayout layout(VideoModel model, ClipShape clip) {
        LatentGrid grid = grid(model, clip);
        return ClipLayout.ofRun(
                grid.rows(), grid.columns(), grid.groups(), model.defaults().fps(), grid.temporal());
    }

    private static LatentGrid grid(VideoModel model, ClipShape clip) {
        return new LatentGrid(
                clip.size().widthPx(),
                clip.size().heightPx(),
                clip.frames(),
                model.compressor().geometry().spatial(),
                model.compressor().geometry().temporal());
    }

    private static MemorySegment normal(Arena arena, long count, Random random) {
        MemorySegment numbers = TensorMemory.floats(arena, count);
        for (long i = 0; i < count; i++) {
            numbers.setAtIndex(TensorMemory.FLOAT, i, (float) random.nextGaussian());
        }
        return numbers;
    }

    /** Root mean square of the difference, over that of what is expected. */
    static double difference(float[] expected, float[] found) {
        if (expected.length != found.length) {
            throw new IllegalArgumentException("expected " + expected.length + " numbers, found " + found.length);
        }
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) found[i] - expected[i], 2);
            size += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / size);
    }

    /** Bytes as levels from -127.5 to 127.5, which is what the decoder's numbers are before they are rounded. */
    static float[] levels(byte[] frames) {
        float[] levels = new float[frames.length];
        for (int i = 0; i < frames.length; i++) {
            levels[i] = Byte.toUnsignedInt(frames[i]) - 127.5f;
        }
        return levels;
    }
}
