package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.model.ConfigFile;
import java.nio.file.Path;

/**
 * {@code transformer/config.json}.
 *
 * @param latentChannels numbers per latent cell
 * @param layoutChannels the last of them, which say where things are instead of what is seen
 * @param layoutScale standard deviation of these channels
 * @param width channels of a token inside the network
 * @param depth number of blocks
 * @param heads attention heads; they divide the width into an even head size
 * @param expansion width of the feed-forward part over {@code width}
 * @param textWidth channels of a text state
 * @param textScale factor on the text encoder's states
 * @param maxTextTokens longest prompt
 * @param temporal frames per latent, but for the first
 * @param spatial pixels per latent cell, each way
 * @param sigmaMin noise level below which velocity is computed as if it were this
 * @param ropeSeconds rotary time units per second
 * @param ropeBase largest rotary wavelength over the smallest
 * @param defaultFps frames per second the model was made for
 * @param defaultWidth pixels
 * @param defaultHeight pixels
 * @param defaultGuidance guidance scale
 * @param defaultSteps denoising steps
 */
public record TransformerConfig(
        int latentChannels,
        int layoutChannels,
        double layoutScale,
        int width,
        int depth,
        int heads,
        int expansion,
        int textWidth,
        double textScale,
        int maxTextTokens,
        int temporal,
        int spatial,
        double sigmaMin,
        double ropeSeconds,
        double ropeBase,
        double defaultFps,
        int defaultWidth,
        int defaultHeight,
        double defaultGuidance,
        int defaultSteps) {

    public static TransformerConfig read(Path configJson) {
        ConfigFile file = ConfigFile.open(configJson, "FlipbookTransformer");
        TransformerConfig config = new TransformerConfig(
                file.whole("latent_channels", 1, 1024),
                file.whole("layout_channels", 0, 1023),
                file.positive("layout_scale"),
                file.whole("width", 2, 16384),
                file.whole("depth", 1, 256),
                file.whole("heads", 1, 256),
                file.whole("expansion", 1, 16),
                file.whole("text_width", 1, 16384),
                file.positive("text_scale"),
                file.whole("max_text_tokens", 1, 8192),
                file.whole("temporal", 1, 64),
                file.whole("spatial", 1, 64),
                file.positive("sigma_min"),
                file.positive("rope_seconds"),
                file.positive("rope_base"),
                file.positive("default_fps"),
                file.whole("default_width", 1, 16384),
                file.whole("default_height", 1, 16384),
                file.positive("default_guidance"),
                file.whole("default_steps", 1, 1000));
        file.ignore("default_context_steps"); // the runtime's
        file.ignore("default_context_guidance");
        file.ignore("default_matching");
        file.ignore("world"); // what the training data shows; for documentation
        file.finish();
        if (config.layoutChannels >= config.latentChannels) {
            throw file.refuse(
                    "layout_channels", "fewer than latent_channels " + config.latentChannels, config.layoutChannels);
        }
        if (config.width % (2 * config.heads) != 0 || config.headSize() < 6) {
            throw file.refuse(
                    "heads",
                    "a divisor of width " + config.width + " with an even head size of at least 6",
                    config.heads);
        }
        return config;
    }

    /** Numbers per latent cell that are decoded to pixels. */
    public int pictureChannels() {
        return latentChannels - layoutChannels;
    }

    /** Channels of one attention head. */
    public int headSize() {
        return width / heads;
    }
}
