package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.model.ConfigFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code vae/config.json} of class AutoencoderKLWan. Keys that Wan 2.1's file leaves out have the values of its time.
 *
 * @param encoderChannels channels of the encoder's stages, finest first
 * @param decoderChannels channels of the decoder's stages, coarsest first
 * @param latentChannels numbers per latent cell
 * @param residualBlocks residual blocks in a stage of the encoder; the decoder has one more
 * @param halvesTime whether the encoder halves the number of frames after each stage but the last
 * @param residual whether stages have shortcuts around them, as Wan 2.2's autoencoder of 16 x 16 pixels a cell
 * @param patch pixels each way that are one cell of the finest stage
 * @param latentMeans mean of each latent number, which the denoiser does not see
 * @param latentDeviations standard deviation of each latent number, likewise
 */
public record AutoencoderConfig(
        List<Integer> encoderChannels,
        List<Integer> decoderChannels,
        int latentChannels,
        int residualBlocks,
        List<Boolean> halvesTime,
        boolean residual,
        int patch,
        List<Double> latentMeans,
        List<Double> latentDeviations) {
    /** The pipelines of this family decode and encode four frames a chunk. */
    public static final int TEMPORAL = 4;

    private static final int MAX_CHANNELS = 1 << 14;

    public AutoencoderConfig {
        encoderChannels = List.copyOf(encoderChannels);
        decoderChannels = List.copyOf(decoderChannels);
        halvesTime = List.copyOf(halvesTime);
        latentMeans = List.copyOf(latentMeans);
        latentDeviations = List.copyOf(latentDeviations);
    }

    public static AutoencoderConfig read(Path configJson) {
        ConfigFile file = ConfigFile.open(configJson, "AutoencoderKLWan");
        int base = file.whole("base_dim", 1, MAX_CHANNELS);
        int decoderBase = file.has("decoder_base_dim") ? file.whole("decoder_base_dim", 1, MAX_CHANNELS) : base;
        List<Integer> multiples = file.wholes("dim_mult", 1, 64);
        int stages = multiples.size();
        int latentChannels = file.whole("z_dim", 1, MAX_CHANNELS);
        List<Boolean> halvesTime = file.flags("temperal_downsample"); // spelt so in the files
        if (stages < 3 || halvesTime.size() != stages - 1) {
            throw file.refuse(
                    "temperal_downsample", "one value less than dim_mult has, and at least 2", halvesTime.size());
        }
        if (Collections.frequency(halvesTime, true) != 2) {
            throw file.refuse("temperal_downsample", "true twice: " + TEMPORAL + " frames a latent", halvesTime);
        }
        boolean residual = file.has("is_residual") && file.flag("is_residual");
        int patch = file.has("patch_size") ? file.whole("patch_size", 1, 16) : 1;
        for (String colours : List.of("in_channels", "out_channels")) {
            if (file.has(colours)) {
                file.whole(colours, 3 * patch * patch, 3 * patch * patch);
            } else if (patch > 1) {
                throw file.refuse(colours, 3 * patch * patch + " as for patches of " + patch, "nothing");
            }
        }
        AutoencoderConfig config = new AutoencoderConfig(
                Stream.concat(Stream.of(1), multiples.stream())
                        .map(multiple -> base * multiple)
                        .toList(),
                Stream.concat(Stream.of(multiples.getLast()), multiples.reversed().stream())
                        .map(multiple -> decoderBase * multiple)
                        .toList(),
                latentChannels,
                file.whole("num_res_blocks", 1, 16),
                halvesTime,
                residual,
                patch,
                perChannel(file, "latents_mean", latentChannels),
                perChannel(file, "latents_std", latentChannels));
        checkTheRest(file, config);
        file.finish();
        return config;
    }

    private static void checkTheRest(ConfigFile file, AutoencoderConfig config) {
        if (config.latentDeviations.stream().anyMatch(deviation -> deviation <= 0)) {
            throw file.refuse("latents_std", "numbers above 0", config.latentDeviations);
        }
        if (file.has("attn_scales") && !file.numbers("attn_scales").isEmpty()) {
            throw file.refuse("attn_scales", "none: attention in the middle alone", file.numbers("attn_scales"));
        }
        if (file.has("scale_factor_spatial")) {
            file.whole("scale_factor_spatial", config.cellPixels(), config.cellPixels());
        }
        if (file.has("scale_factor_temporal")) {
            file.whole("scale_factor_temporal", TEMPORAL, TEMPORAL);
        }
        file.ignore("dropout");
        file.ignore("clip_output"); // written for Wan 2.2; diffusers limits the pixels whatever it says
    }

    private static List<Double> perChannel(ConfigFile file, String key, int channels) {
        List<Double> values = file.numbers(key);
        if (values.size() != channels) {
            throw file.refuse(key, channels + " numbers, as z_dim says", values.size());
        }
        return values;
    }

    /** Pixels each way of a cell of the latents that the autoencoder itself knows. */
    public int cellPixels() {
        return patch << halvesTime.size();
    }

    /** Whether a stage of the decoder, from the coarsest, doubles the number of frames at its end. */
    boolean doublesTime(int stage) {
        return halvesTime.reversed().get(stage);
    }

    float[] means() {
        return floats(latentMeans);
    }

    float[] deviations() {
        return floats(latentDeviations);
    }

    private static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }
}
