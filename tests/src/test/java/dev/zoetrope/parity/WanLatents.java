package dev.zoetrope.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.ffm.ort.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Latents as the reference has them, {@code [1, channels, frames, rows, columns]}, and as the denoiser does. */
final class WanLatents {
    private WanLatents() {}

    /**
     * One segment a frame, {@code [rows/2, columns/2, channels*4]}: the mean and the deviation that {@code vae/config.json} gives
     * taken out, a token's numbers in the order (channel, row, column).
     */
    static List<MemorySegment> tokens(HostTensor latents, JsonNode config) {
        int channels = Math.toIntExact(latents.size(1));
        int frames = Math.toIntExact(latents.size(2));
        int rows = Math.toIntExact(latents.size(3));
        int columns = Math.toIntExact(latents.size(4));
        float[] from = latents.floats();
        List<MemorySegment> tokens = new ArrayList<>();
        for (int frame = 0; frame < frames; frame++) {
            float[] to = new float[channels * rows * columns];
            for (int channel = 0; channel < channels; channel++) {
                double mean = config.path("latents_mean").path(channel).asDouble();
                double deviation = config.path("latents_std").path(channel).asDouble();
                for (int y = 0; y < rows; y++) {
                    for (int x = 0; x < columns; x++) {
                        double value = from[((channel * frames + frame) * rows + y) * columns + x];
                        int token = y / 2 * (columns / 2) + x / 2;
                        to[(token * channels + channel) * 4 + y % 2 * 2 + x % 2] = (float) ((value - mean) / deviation);
                    }
                }
            }
            tokens.add(HostTensor.of(to, rows / 2, columns / 2, channels * 4L).segment());
        }
        return tokens;
    }

    /** Memory for one frame of tokens. */
    static MemorySegment empty(int rows, int columns, int channels) {
        return HostTensor.zeros(ElementType.FLOAT32, rows, columns, channels).segment();
    }
}
