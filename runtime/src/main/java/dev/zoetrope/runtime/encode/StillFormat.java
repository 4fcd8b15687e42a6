package dev.zoetrope.runtime.encode;

import java.util.Arrays;
import java.util.Optional;

/** A kind of still picture. */
public enum StillFormat {
    /** Without loss. */
    PNG("png", VideoCodec.PNG),
    /** Lossy, at a high quality. */
    JPEG("jpeg", VideoCodec.JPEG),
    /** Lossy, at a high quality, and smaller than JPEG. */
    WEBP("webp", VideoCodec.WEBP_STILL);

    private final String id;
    private final VideoCodec codec;

    StillFormat(String id, VideoCodec codec) {
        this.id = id;
        this.codec = codec;
    }

    /** The name people write, which is also the second half of its media type: {@code image/png}. */
    public String id() {
        return id;
    }

    VideoCodec codec() {
        return codec;
    }

    /** The format of a name. */
    public static Optional<StillFormat> of(String id) {
        return Arrays.stream(values()).filter(format -> format.id.equals(id)).findFirst();
    }
}
