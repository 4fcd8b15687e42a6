package dev.zoetrope.runtime.encode;

/** How pictures are compressed: FFmpeg's encoder and the settings that keep the picture, measured in docs/media.md. */
public enum VideoCodec {
    /**
     * H.264 by openh264: plays everywhere. Rate control is off, which holds the quantiser at the encoder's 26: with any
     * control on, a frame of noise makes the encoder fail. One slice, so that the bytes do not depend on the machine.
     */
    H264("h264", "libopenh264", Chroma.SUBSAMPLED, "rc_mode=off:coder=cabac:slices=1"),
    /**
     * H.264 by the video engine of an NVIDIA GPU, at a constant quantiser. For who asks for it by name: the bytes depend on
     * the GPU and its driver. <b>Not run yet</b>: no GPU with such an engine was at hand.
     */
    H264_NVENC("h264-nvenc", "h264_nvenc", Chroma.SUBSAMPLED, "preset=p5:tune=hq:rc=constqp:qp=23"),
    /** VP9 by libvpx, at constant quality. */
    VP9("vp9", "libvpx-vp9", Chroma.SUBSAMPLED, "crf=18:b=0:deadline=good:cpu-used=4:auto-alt-ref=0"),
    /** AV1 by libaom, at constant quality. SVT-AV1 is faster, but prints to the console of the program it lives in. */
    AV1("av1", "libaom-av1", Chroma.SUBSAMPLED, "crf=20:b=0:cpu-used=6:lag-in-frames=0"),
    /** GIF: 256 colours, chosen anew for each frame. */
    GIF("gif", "gif", Chroma.PALETTE, ""),
    /** Animated WebP, lossy. */
    WEBP("webp", "libwebp_anim", Chroma.BLUE_GREEN_RED, "lossless=0:quality=92"),
    /** PNG, without loss. */
    PNG("png", "png", Chroma.RED_GREEN_BLUE, "pred=paeth"),
    /** One WebP picture, lossy: the encoder of animated ones makes an animation of one picture, which not every viewer takes. */
    WEBP_STILL("webp", "libwebp", Chroma.BLUE_GREEN_RED, "lossless=0:quality=92"),
    /** One JPEG picture. The quantiser's least, as rate control would choose by a bit rate that a picture does not have. */
    JPEG("jpeg", "mjpeg", Chroma.FULL_RANGE, "qmin=2:qmax=2");

    /** The pixels that the encoder is given. */
    enum Chroma {
        /** 8-bit YCbCr with one chroma sample for 2x2 pixels: even sizes only. */
        SUBSAMPLED,
        /** The same as JPEG has it: BT.601, all 256 levels; any size. */
        FULL_RANGE,
        /** Palette indices. */
        PALETTE,
        /** Packed BGRA. */
        BLUE_GREEN_RED,
        /** Packed RGB. */
        RED_GREEN_BLUE
    }

    private final String label;
    private final String encoder;
    private final Chroma chroma;
    private final String settings;

    VideoCodec(String label, String encoder, Chroma chroma, String settings) {
        this.label = label;
        this.encoder = encoder;
        this.chroma = chroma;
        this.settings = settings;
    }

    /** The name people write, for example {@code h264} or {@code vp9}. */
    public String label() {
        return label;
    }

    /** FFmpeg's name of the encoder that makes it. */
    String encoder() {
        return encoder;
    }

    /** Whether it needs an NVIDIA GPU. */
    public boolean needsGpu() {
        return this == H264_NVENC;
    }

    Chroma chroma() {
        return chroma;
    }

    /** Settings for the encoder as FFmpeg writes them: {@code name=value:name=value}. */
    String settings() {
        return settings;
    }
}
