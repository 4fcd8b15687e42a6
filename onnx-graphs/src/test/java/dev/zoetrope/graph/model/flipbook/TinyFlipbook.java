package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.weight.TestSafetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders of a very small flipbook with random weights: right in names and sizes, meaningless in numbers. */
public final class TinyFlipbook {
    static final int WIDTH = 24;
    static final int DEPTH = 2;
    private static final int TEXT = 12;
    private static final int LATENT = 6;
    private static final int LAYOUT = 2;
    private static final int FINE = 4;
    private static final int WIDE = 8;

    static final String TRANSFORMER_CONFIG = """
            {"_class_name": "FlipbookTransformer", "latent_channels": 6, "layout_channels": 2, "layout_scale": 40.0,
             "width": 24, "depth": 2, "heads": 2, "expansion": 4, "text_width": 12, "text_scale": 2.0,
             "max_text_tokens": 64, "temporal": 4, "spatial": 8, "sigma_min": 0.001, "rope_seconds": 2.0, "rope_base": 100.0, "default_fps": 8, "default_width": 64, "default_height": 64,
             "default_guidance": 3.0, "default_steps": 16}
            """;
    static final String CODEC_CONFIG = """
            {"_class_name": "FlipbookCodec", "latent_channels": 6, "fine_channels": 4, "wide_channels": 8, "temporal": 4,
             "spatial": 8, "halo_cells": 9}
            """;

    private final TestSafetensors file = new TestSafetensors();
    private final String type;
    private final int elementBytes;

    private TinyFlipbook(String type) {
        this.type = type;
        this.elementBytes = switch (type) {
            case "I64" -> 8;
            case "F32" -> 4;
            default -> 2;
        };
    }

    /**
     * Writes {@code transformer/} and {@code vae/}.
     *
     * @param type element type of the weights: F32, F16, BF16, or I64, which no model can have
     */
    public static Path write(Path folder, String type) {
        try {
            Path transformer = Files.createDirectories(folder.resolve("transformer"));
            Files.writeString(transformer.resolve("config.json"), TRANSFORMER_CONFIG);
            new TinyFlipbook(type).transformer().write(transformer.resolve("model.safetensors"));
            Path codec = Files.createDirectories(folder.resolve("vae"));
            Files.writeString(codec.resolve("config.json"), CODEC_CONFIG);
            new TinyFlipbook(type).codec().write(codec.resolve("model.safetensors"));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TestSafetensors transformer() {
        linear("latent_in", LATENT - LAYOUT, WIDTH);
        add("layout_in.weight", WIDTH, LAYOUT);
        linear("text_in", TEXT, WIDTH);
        add("position_in.weight", WIDTH, 128);
        linear("pooled_in", TEXT, WIDTH);
        linear("time1", WIDTH, WIDTH);
        linear("time2", WIDTH, WIDTH);
        add("role.weight", 8, WIDTH);
        linear("modulation", WIDTH, 6 * WIDTH);
        linear("final_modulation", WIDTH, 2 * WIDTH);
        linear("latent_out", WIDTH, LATENT);
        for (int i = 0; i < DEPTH; i++) {
            String block = "blocks." + i + ".";
            add(block + "attention.qkv.weight", 3 * WIDTH, WIDTH);
            add(block + "attention.q_norm.weight", WIDTH / 2);
            add(block + "attention.k_norm.weight", WIDTH / 2);
            add(block + "attention.out.weight", WIDTH, WIDTH);
            linear(block + "up", WIDTH, 4 * WIDTH);
            linear(block + "down", 4 * WIDTH, WIDTH);
            add(block + "modulation", 6 * WIDTH);
        }
        return file;
    }

    private TestSafetensors codec() {
        add("pca_mean", 768);
        add("pca_encode", LATENT, 768);
        add("pca_decode", 768, LATENT);
        add("latent_mean", LATENT);
        add("latent_std", LATENT);
        convolution("encoder.conv_in", 48, FINE, 3);
        residual("encoder.fine1", FINE);
        convolution("encoder.down", 16 * FINE, WIDE, 1);
        convolution("encoder.mix", 2 * WIDE, WIDE, 3);
        residual("encoder.wide1", WIDE);
        convolution("encoder.conv_out", WIDE, LATENT, 1);
        convolution("decoder.conv_in", 2 * LATENT, WIDE, 3);
        residual("decoder.wide1", WIDE);
        convolution("decoder.mix", 2 * WIDE, WIDE, 3);
        residual("decoder.wide2", WIDE);
        convolution("decoder.up", WIDE, 16 * FINE, 1);
        residual("decoder.fine1", FINE);
        residual("decoder.fine2", FINE);
        convolution("decoder.conv_out", FINE, 48, 3);
        return file;
    }

    private void residual(String name, int channels) {
        convolution(name + ".conv1", channels, channels, 3);
        convolution(name + ".conv2", channels, channels, 3);
    }

    private void convolution(String name, int in, int out, int kernel) {
        add(name + ".weight", out, in, kernel, kernel);
        add(name + ".bias", out);
    }

    private void linear(String name, int in, int out) {
        add(name + ".weight", out, in);
        add(name + ".bias", out);
    }

    private void add(String name, long... sizes) {
        file.add(name, type, elementBytes, sizes);
    }
}
