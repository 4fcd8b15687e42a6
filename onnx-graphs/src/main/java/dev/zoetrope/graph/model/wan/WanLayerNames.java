package dev.zoetrope.graph.model.wan;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that LoRA files have for Wan's linear layers, and the layers' places in a checkpoint of diffusers: those of diffusers
 * ({@code transformer.blocks.0.attn1.to_q}), of Wan's own code ({@code diffusion_model.blocks.0.self_attn.q}) and either with
 * underscores, as Kohya's trainers write them ({@code lora_unet_blocks_0_self_attn_q}). Which is which was checked against diffusers
 * 0.42.1, {@code loaders/lora_conversion_utils.py}.
 */
final class WanLayerNames {
    private static final Pattern PREFIX = Pattern.compile(
            "(?:base_model\\.model\\.)?(?:(?:model\\.)?diffusion_model\\.|transformer(?:_2)?\\.|lora_unet_|lora_transformer_)?(.+)");

    private static final Pattern IN_BLOCK = Pattern.compile("blocks_(\\d{1,4})_(.+)");

    /** With dots written as underscores, which tells all apart that there are. */
    private static final Map<String, String> PLACES = places(Map.of(
            "time_embedding.0", "condition_embedder.time_embedder.linear_1",
            "time_embedding.2", "condition_embedder.time_embedder.linear_2",
            "time_projection.1", "condition_embedder.time_proj",
            "text_embedding.0", "condition_embedder.text_embedder.linear_1",
            "text_embedding.2", "condition_embedder.text_embedder.linear_2",
            "head.head", "proj_out"));

    private static final Map<String, String> PLACES_IN_BLOCK = places(Map.of(
            "self_attn.q", "attn1.to_q",
            "self_attn.k", "attn1.to_k",
            "self_attn.v", "attn1.to_v",
            "self_attn.o", "attn1.to_out.0",
            "cross_attn.q", "attn2.to_q",
            "cross_attn.k", "attn2.to_k",
            "cross_attn.v", "attn2.to_v",
            "cross_attn.o", "attn2.to_out.0",
            "ffn.0", "ffn.net.0.proj",
            "ffn.2", "ffn.net.2"));

    private WanLayerNames() {}

    private static Map<String, String> places(Map<String, String> byOriginal) {
        Map<String, String> places = new HashMap<>();
        byOriginal.forEach((original, place) -> {
            places.put(original.replace('.', '_'), place);
            places.put(place.replace('.', '_'), place);
        });
        return places;
    }

    /** The place of a layer; empty for a name that is none of a linear layer. */
    static Optional<String> place(String name) {
        Matcher prefixed = PREFIX.matcher(name);
        String bare = (prefixed.matches() ? prefixed.group(1) : name).replace('.', '_');
        Matcher block = IN_BLOCK.matcher(bare);
        if (!block.matches()) {
            return Optional.ofNullable(PLACES.get(bare));
        }
        int number = Integer.parseInt(block.group(1));
        return Optional.ofNullable(PLACES_IN_BLOCK.get(block.group(2))).map(place -> "blocks." + number + "." + place);
    }
}
