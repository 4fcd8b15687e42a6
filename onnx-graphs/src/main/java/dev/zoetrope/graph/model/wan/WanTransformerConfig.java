package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.model.ConfigFile;
import java.nio.file.Path;

/**
 * {@code transformer/config.json} of a Wan folder, as diffusers' {@code WanTransformer3DModel} writes it.
 *
 * @param heads attention heads
 * @param headSize channels of a head, even
 * @param latentChannels channels of a latent that the transformer makes; a token holds {@link #PATCH} times as many numbers
 * @param conditionChannels channels that are given beside the latents and stay (image to video: mask and picture); 0 for none
 * @param textWidth channels of a text state
 * @param timeWaves width of the sinusoids of the timestep, even
 * @param feedForwardWidth inner width of the feed-forward part
 * @param depth number of blocks
 * @param crossNorm whether a layer norm with weights stands before the cross-attention
 * @param epsilon of every norm
 * @param longestAxis most places on an axis
 */
public record WanTransformerConfig(
        int heads,
        int headSize,
        int latentChannels,
        int conditionChannels,
        int textWidth,
        int timeWaves,
        int feedForwardWidth,
        int depth,
        boolean crossNorm,
        float epsilon,
        int longestAxis) {
    /** Latent cells in a token: one latent, two rows, two columns. */
    public static final int PATCH = 4;

    public static WanTransformerConfig read(Path configJson) {
        ConfigFile file = ConfigFile.open(configJson, "WanTransformer3DModel");
        int inChannels = file.whole("in_channels", 1, 4096);
        int outChannels = file.whole("out_channels", 1, 4096);
        WanTransformerConfig config = new WanTransformerConfig(
                file.whole("num_attention_heads", 1, 1024),
                file.whole("attention_head_dim", 6, 4096),
                outChannels,
                inChannels - outChannels,
                file.whole("text_dim", 1, 65536),
                file.whole("freq_dim", 2, 65536),
                file.whole("ffn_dim", 1, 1 << 20),
                file.whole("num_layers", 1, 1024),
                file.flag("cross_attn_norm", true),
                (float) file.positive("eps"),
                file.whole("rope_max_seq_len", 1, 1 << 16, 1024));
        file.require("patch_size", "[1,2,2]", "a token is one latent, two rows, two columns");
        file.require("qk_norm", "\"rms_norm_across_heads\"", "the norm of queries and keys that Wan has");
        for (String key : new String[] {"image_dim", "added_kv_proj_dim", "pos_embed_seq_len"}) {
            file.require(key, "null", "models with a CLIP image encoder are not supported");
        }
        file.finish();
        if (inChannels < outChannels) {
            throw file.refuse("in_channels", "at least out_channels " + outChannels, inChannels);
        }
        if (config.headSize % 2 != 0) {
            throw file.refuse("attention_head_dim", "an even number", config.headSize);
        }
        if (config.timeWaves % 2 != 0) {
            throw file.refuse("freq_dim", "an even number", config.timeWaves);
        }
        return config;
    }

    /** Channels of a token inside the network. */
    public int width() {
        return heads * headSize;
    }

    /** Numbers of a token that the sampler works on: {@code (channel, row in patch, column in patch)}. */
    public int tokenNumbers() {
        return PATCH * latentChannels;
    }

    /** Numbers of a token that are given beside it, in the same order. */
    public int conditionNumbers() {
        return PATCH * conditionChannels;
    }
}
