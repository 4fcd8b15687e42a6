package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.model.ConfigFile;
import java.nio.file.Path;

/**
 * {@code vae/config.json}.
 *
 * @param latentChannels numbers per latent cell
 * @param fineChannels channels at a quarter of the pixels' resolution
 * @param wideChannels channels at the latents' resolution; also of the caches between groups
 * @param temporal frames per latent, but for the first
 * @param spatial pixels per latent cell, each way; always 8
 * @param haloCells cells around a tile that its decoding depends on
 */
public record CodecConfig(
        int latentChannels, int fineChannels, int wideChannels, int temporal, int spatial, int haloCells) {

    public static CodecConfig read(Path configJson) {
        ConfigFile file = ConfigFile.open(configJson, "FlipbookCodec");
        CodecConfig config = new CodecConfig(
                file.whole("latent_channels", 1, 1024),
                file.whole("fine_channels", 1, 4096),
                file.whole("wide_channels", 1, 4096),
                file.whole("temporal", 1, 64),
                file.whole("spatial", 8, 8),
                file.whole("halo_cells", 0, 64));
        file.finish();
        return config;
    }
}
