package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.LatentGroup;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packing in Java and in {@code onnx-graphs/training/flipbook/packing.py} give the same tensors, index for index. */
class PackingParityTest {
    /** Frame rates of the recorded segments, as {@code goldens.py} has them. */
    private static final double[] FPS = {8, 8, 4, 16, 8};

    /** A mean over up to 12 numbers of about 1, summed in f32 there and in double precision here. */
    private static final float MEAN = 5e-7f;

    private static int segments(String name) {
        return Golden.tensor(name + ".lengths").longs().length;
    }

    private static ClipLayout layout(String segment) {
        HostTensor latents = Golden.tensor(segment + ".latents"); // [groups, channels, rows, columns]
        float[] seconds = Golden.tensor(segment + ".seconds").floats();
        float[] spans = Golden.tensor(segment + ".spans").floats();
        long[] roles = Golden.tensor(segment + ".roles").longs();
        List<LatentGroup> groups = new ArrayList<>();
        for (int i = 0; i < seconds.length; i++) {
            groups.add(new LatentGroup(role(roles[i]), seconds[i], spans[i]));
        }
        return new ClipLayout((int) latents.size(2), (int) latents.size(3), groups);
    }

    private static TokenRole role(long code) {
        return Arrays.stream(TokenRole.values())
                .filter(role -> role.code() == code)
                .findFirst()
                .orElseThrow();
    }

    private static PackedSegment segment(Arena arena, String name, int clip) {
        HostTensor text = Golden.tensor(name + ".text");
        MemorySegment states = TensorMemory.floats(arena, text.floats().length);
        states.copyFrom(MemorySegment.ofArray(text.floats()));
        return new PackedSegment(TextEmbedding.of(states, (int) text.size(0), (int) text.size(1)), layout(name), clip);
    }

    private static float[] channelsLast(HostTensor latents) {
        int channels = (int) latents.size(1);
        int cells = (int) (latents.size(2) * latents.size(3));
        float[] source = latents.floats();
        float[] target = new float[source.length];
        for (int i = 0; i < source.length; i++) {
            int group = i / (channels * cells);
            int channel = i / cells % channels;
            target[(group * cells + i % cells) * channels + channel] = source[i];
        }
        return target;
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "packed", "shared"})
    void packsAsThePythonTwin(String name) {
        List<PackedSegment> segments = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < segments(name); i++) {
                // In "shared" both segments see one clip, with and without a prompt.
                segments.add(segment(arena, name + ".segment" + i, name.equals("shared") ? 0 : i));
            }
            try (PackedSequence sequence = PackedSequence.pack(segments, PackingOptions.FLIPBOOK)) {
                for (int i = 0; i < segments.size(); i++) {
                    String segment = name + ".segment" + i;
                    sequence.load(
                            sequence.clipOf(i),
                            MemorySegment.ofArray(channelsLast(Golden.tensor(segment + ".latents"))));
                    float[] sigmas = Golden.tensor(segment + ".sigmas").floats();
                    for (int group = 0; group < sigmas.length; group++) {
                        sequence.setSigma(i, group, sigmas[group]);
                    }
                }
                assertSame(name, sequence);
            }
        }
    }

    private static void assertSame(String name, PackedSequence sequence) {
        assertLongs(name + ".order", sequence.order());
        assertLongs(name + ".visual", sequence.visual());
        assertLongs(name + ".group", sequence.group());
        assertLongs(name + ".role", sequence.role());
        long[] lengths = Golden.tensor(name + ".lengths").longs();
        assertArrayEquals(
                Arrays.copyOf(lengths, sequence.options().slots()),
                sequence.lengths().toArray(TensorMemory.LONG));
        assertFloats(name + ".latent", sequence.latent(), 0);
        assertFloats(name + ".text", sequence.text(), 0);
        assertFloats(name + ".coordinates", sequence.coordinates(), 0);
        assertFloats(name + ".sigma", sequence.sigma(), 0);
        assertFloats(name + ".pooled", sequence.pooled(), MEAN);
    }

    private static void assertLongs(String name, MemorySegment found) {
        assertArrayEquals(Golden.tensor(name).longs(), found.toArray(TensorMemory.LONG), name);
    }

    private static void assertFloats(String name, MemorySegment found, float tolerance) {
        Difference.assertNear(name, Golden.tensor(name).floats(), found.toArray(TensorMemory.FLOAT), tolerance);
    }

    @Test
    void runsHaveTheTimesOfThePythonTwin() {
        for (int i = 0; i < FPS.length; i++) {
            String name = "packed.segment" + i;
            float[] seconds = Golden.tensor(name + ".seconds").floats();
            float[] spans = Golden.tensor(name + ".spans").floats();
            List<LatentGroup> groups =
                    ClipLayout.ofRun(1, 1, seconds.length, FPS[i], 4).groups();
            for (int group = 0; group < seconds.length; group++) {
                assertEquals(seconds[group], (float) groups.get(group).centreSeconds(), name + ", group " + group);
                assertEquals(spans[group], (float) groups.get(group).spanSeconds(), name + ", group " + group);
            }
        }
    }
}
