package dev.zoetrope.runtime.encode;

import java.util.List;
import java.util.Map;

/** How pictures are compressed, with the encoder that does it and the settings that keep the picture. */
public enum VideoCodec {
    /**
     * H.264 by openh264: plays everywhere. The quantiser is held in a narrow range instead of following a bit rate, for
     * the encoder knows no quality target; one thread and one slice, so that the bytes do not depend on the machine.
     */
    H264(
            "h264",
            List.of("libopenh264"),
            Chroma.SUBSAMPLED,
            Map.of("rc_mode", "quality", "qmin", "10", "qmax", "18", "b", "8000000", "coder", "cabac", "slices", "1")),
    /** VP9 by libvpx, at constant quality. */
    VP9(
            "vp9",
            List.of("libvpx-vp9"),
            Chroma.SUBSAMPLED,
            Map.of("crf", "18", "b", "0", "deadline", "good", "cpu-used", "4", "auto-alt-ref", "0")),
    /** AV1 by libaom, at constant quality. SVT-AV1 is faster, but prints to the console of the program it lives in. */
    AV1("av1", List.of("libaom-av1"), Chroma.SUBSAMPLED, Map.of("crf", "20", "b", "0", "cpu-used", "6", "lag-in-frames", "0")),
    /** GIF: 256 colours, chosen anew for each frame. */
    GIF("gif", List.of("gif"), Chroma.PALETTE, Map.of()),
    /** Animated WebP, lossy. */
    WEBP("webp", List.of("libwebp_anim"), Chroma.BLUE_GREEN_RED, Map.of("lossless", "0", "quality", "92")),
    /** PNG, without loss. */
    PNG("png", List.of("png"), Chroma.RED_GREEN_BLUE, Map.of("pred", "paeth"));

    /** The pixels that the encoder is given. */
    enum Chroma {
        /** 8-bit YCbCr with one chroma sample for 2x2 pixels: even sizes only. */
        SUBSAMPLED,
        /** Palette indices. */
        PALETTE,
        /** Packed BGRA. */
        BLUE_GREEN_RED,
        /** Packed RGB. */
        RED_GREEN_BLUE
    }

    private final String label;
    private final List<String> encoders;
    private final Chroma chroma;
    private final Map<String, String> options;

    VideoCodec(String label, List<String> encoders, Chroma chroma, Map<String, String> options) {
        this.label = label;
        this.encoders = encoders;
        this.chroma = chroma;
        this.options = options;
    }

    /** The name people write: {@code h264}, {@code vp9}, {@code av1}, {@code gif}, {@code webp}, {@code png}. */
    public String label() {
        return label;
    }

    /** FFmpeg's names for encoders that can make it, the preferred one first. */
    List<String> encoders() {
        return encoders;
    }

    Chroma chroma() {
        return chroma;
    }

    /** Settings for the encoder, FFmpeg's names. */
    Map<String, String> options() {
        return options;
    }
}
