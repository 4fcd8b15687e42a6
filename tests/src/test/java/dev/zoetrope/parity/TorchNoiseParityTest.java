package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.TorchNoise;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The torch noise source gives torch.randn of 2.15.0; recorded by {@code tests/golden/record_noise.py}. */
class TorchNoiseParityTest {
    private static final Recording RECORDING = Recording.read("noise/torch_randn.safetensors");
    private static final int[] STREAM = {1, 3, 16, 2, 1, 15, 17, 1, 48, 5};

    /**
     * Torch turns blocks of uniforms into normals with vectorised f32 logarithms, sines and cosines, which differ
     * from correctly rounded ones in the last place (measured: 2.4e-7 at most); a wrong uniform would differ by about
     * 1.
     */
    private static final float VECTORISED = 2e-6f;

    private static float[] draw(TorchNoise noise, int tokens, int channels) {
        ClipLayout layout = ClipLayout.ofRun(1, tokens, 1, 8, 4);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = TensorMemory.floats(arena, (long) tokens * channels);
            noise.fill(NoiseSource.Purpose.INITIAL, 0, layout, channels, target);
            return target.toArray(TensorMemory.FLOAT);
        }
    }

    @Test
    void everySizeAndSeedGivesTorchsNumbers() {
        int compared = 0;
        for (String name : RECORDING.tensors().keySet()) {
            if (name.startsWith("stream")) {
                continue;
            }
            String[] parts = name.split("\\.");
            int size = Integer.parseInt(parts[1]);
            float[] found = draw(new TorchNoise(Long.parseLong(parts[0])), size, 1);
            // Below 16 elements torch calls the same double-precision functions one by one: not a bit differs.
            Difference.assertNear("seed.size " + name, RECORDING.floats(name), found, size < 16 ? 0 : VECTORISED);
            compared++;
        }
        assertEquals(50, compared);
    }

    @Test
    void callsOfAnySizeFollowOnOneGenerator() {
        TorchNoise noise = new TorchNoise(1234);
        for (int i = 0; i < STREAM.length; i++) {
            Difference.assertNear("call " + i, RECORDING.floats("stream." + i), draw(noise, STREAM[i], 1), VECTORISED);
        }
    }

    @Test
    void theStreamGoesOnFromItsSavedState() throws IOException {
        for (int cut = 0; cut < STREAM.length; cut++) {
            TorchNoise first = new TorchNoise(1234);
            for (int i = 0; i < cut; i++) {
                draw(first, STREAM[i], 1);
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            first.writeState(new DataOutputStream(bytes));
            TorchNoise second = new TorchNoise(0);
            second.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            for (int i = cut; i < STREAM.length; i++) {
                Difference.assertSameBits(
                        "cut " + cut + ", call " + i, draw(first, STREAM[i], 1), draw(second, STREAM[i], 1));
            }
        }
    }

    @Test
    void channelsComeFirstInTheStream() {
        float[] flat = RECORDING.floats("42.4096");
        float[] found = draw(new TorchNoise(42), 256, 16);
        float[] expected = new float[flat.length];
        for (int channel = 0; channel < 16; channel++) {
            for (int token = 0; token < 256; token++) {
                expected[token * 16 + channel] = flat[channel * 256 + token];
            }
        }
        Difference.assertNear("randn(16, 1, 1, 256) as tokens", expected, found, VECTORISED);
    }
}
