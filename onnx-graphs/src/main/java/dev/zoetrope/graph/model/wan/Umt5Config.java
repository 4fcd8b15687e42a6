package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.model.ConfigFile;
import java.nio.file.Path;

/**
 * {@code text_encoder/config.json}, as transformers' {@code UMT5EncoderModel} writes it. Keys that say nothing about the encoder are
 * not looked at: versions of the library differ in them.
 *
 * @param vocabulary number of tokens
 * @param width channels of a state
 * @param heads attention heads
 * @param headSize channels of a head; heads times this need not be the width
 * @param feedForwardWidth inner width of the feed-forward part
 * @param depth number of blocks
 * @param buckets rows of the table of relative positions, a multiple of 4
 * @param longestDistance distance from which on all are alike
 * @param epsilon of every norm
 */
public record Umt5Config(
        int vocabulary,
        int width,
        int heads,
        int headSize,
        int feedForwardWidth,
        int depth,
        int buckets,
        int longestDistance,
        float epsilon) {

    public static Umt5Config read(Path configJson) {
        ConfigFile file = ConfigFile.open(configJson);
        file.require("model_type", "\"umt5\"", "the text encoder of Wan");
        file.require("feed_forward_proj", "\"gated-gelu\"", "the feed-forward part of UMT5");
        Umt5Config config = new Umt5Config(
                file.whole("vocab_size", 1, 1 << 24),
                file.whole("d_model", 1, 65536),
                file.whole("num_heads", 1, 1024),
                file.whole("d_kv", 1, 4096),
                file.whole("d_ff", 1, 1 << 20),
                file.whole("num_layers", 1, 1024),
                file.whole("relative_attention_num_buckets", 4, 4096, 32),
                file.whole("relative_attention_max_distance", 2, 1 << 20, 128),
                (float) file.positive("layer_norm_epsilon"));
        if (config.buckets % 4 != 0) {
            throw file.refuse("relative_attention_num_buckets", "a multiple of 4", config.buckets);
        }
        if (config.longestDistance <= config.buckets / 4) {
            throw file.refuse(
                    "relative_attention_max_distance", "more than " + config.buckets / 4, config.longestDistance);
        }
        return config;
    }
}
