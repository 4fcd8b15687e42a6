package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A kind of file: a container and what is inside. The extension of a name chooses it; a codec's name can be added. */
public enum OutputFormat {
    /** MP4 with H.264: the default. */
    MP4_H264(".mp4", "mp4", VideoCodec.H264),
    /** MP4 with AV1. */
    MP4_AV1(".mp4", "mp4", VideoCodec.AV1),
    /** MP4 with VP9. */
    MP4_VP9(".mp4", "mp4", VideoCodec.VP9),
    /** MP4 with H.264 that an NVIDIA GPU makes. */
    MP4_H264_NVENC(".mp4", "mp4", VideoCodec.H264_NVENC),
    /** WebM with VP9. */
    WEBM_VP9(".webm", "webm", VideoCodec.VP9),
    /** WebM with AV1. */
    WEBM_AV1(".webm", "webm", VideoCodec.AV1),
    /** Matroska with H.264. */
    MKV_H264(".mkv", "matroska", VideoCodec.H264),
    /** Matroska with VP9. */
    MKV_VP9(".mkv", "matroska", VideoCodec.VP9),
    /** Matroska with AV1. */
    MKV_AV1(".mkv", "matroska", VideoCodec.AV1),
    /** Matroska with H.264 that an NVIDIA GPU makes. */
    MKV_H264_NVENC(".mkv", "matroska", VideoCodec.H264_NVENC),
    /** Animated GIF, endless. */
    GIF(".gif", "gif", VideoCodec.GIF),
    /** Animated WebP, endless. */
    WEBP(".webp", "webp", VideoCodec.WEBP),
    /**
     * One PNG file a frame: a name with {@code %d} or {@code %05d} for the number of the frame, an existing folder
     * (then {@code 00000.png} and so on inside it), or a plain {@code .png} name for a clip of one frame.
     */
    PNG_SEQUENCE(".png", "", VideoCodec.PNG);

    /** One macroblock: openh264 fails below it. */
    private static final int MIN_H264_SIDE_PX = 16;

    /** GIF counts time in hundredths of a second, and players slow down what is faster than two of them. */
    static final int MAX_GIF_FRAMES_PER_SECOND = 50;

    private final String extension;
    private final String muxer;
    private final VideoCodec codec;

    OutputFormat(String extension, String muxer, VideoCodec codec) {
        this.extension = extension;
        this.muxer = muxer;
        this.codec = codec;
    }

    /** The default format for the extension of a file's name; an existing folder takes a PNG sequence. */
    public static OutputFormat forPath(Path path) {
        if (Files.isDirectory(path)) {
            return PNG_SEQUENCE;
        }
        String name = fileName(path).toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> name.endsWith(format.extension))
                .findFirst()
                .orElseThrow(() -> new RequestException("output format of " + path + ": expected a name that ends in "
                        + extensions() + ", found " + (name.isEmpty() ? "no name" : "'" + fileName(path) + "'")));
    }

    /**
     * The format for the extension of a file's name with a codec asked for by name.
     *
     * @param codec {@code h264}, {@code vp9}, {@code av1}, {@code h264-nvenc} …
     */
    public static OutputFormat forPath(Path path, String codec) {
        String extension = forPath(path).extension;
        return Arrays.stream(values())
                .filter(format -> format.extension.equals(extension))
                .filter(format -> format.codec.label().equals(codec.strip().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new RequestException("video codec for " + extension + ": expected "
                        + codecs(extension) + ", found '" + codec + "'"));
    }

    /** The end of such files' names, with the dot. */
    public String extension() {
        return extension;
    }

    /** What is inside the container. */
    public VideoCodec codec() {
        return codec;
    }

    /** Whether width and height have to be even: true where two pixels share a colour sample (4:2:0). */
    public boolean requiresEvenSize() {
        return codec.chroma() == VideoCodec.Chroma.SUBSAMPLED;
    }

    /**
     * Checks what is asked of this format, so that a request can be refused before anything is computed for it.
     *
     * @param frames frames of the clip, or 0 when they are not known yet
     * @throws RequestException naming the nearest that works
     */
    public void check(Path target, int widthPx, int heightPx, long frames, FrameRate rate) {
        if (requiresEvenSize() && (widthPx % 2 != 0 || heightPx % 2 != 0)) {
            throw new RequestException("size for " + extension + " (" + codec.label()
                    + "): expected an even width and height, found " + widthPx + "x" + heightPx
                    + " (nearest that works: " + nearestEven(widthPx) + "x" + nearestEven(heightPx)
                    + "; .gif, .webp and .png take odd sizes)");
        }
        if (codec == VideoCodec.H264 && Math.min(widthPx, heightPx) < MIN_H264_SIDE_PX) {
            throw new RequestException("size for " + extension + " (" + codec.label() + "): expected at least "
                    + MIN_H264_SIDE_PX + "x" + MIN_H264_SIDE_PX + ", found " + widthPx + "x" + heightPx
                    + " (nearest that works: " + Math.max(widthPx, MIN_H264_SIDE_PX) + "x"
                    + Math.max(heightPx, MIN_H264_SIDE_PX) + "; .webm, .gif, .webp and .png take smaller ones)");
        }
        if (codec.needsGpu()) {
            PictureEncoder.requireGpu(codec, widthPx, heightPx, rate);
        }
        if (this == GIF && rate.framesPerSecond() > MAX_GIF_FRAMES_PER_SECOND) {
            throw new RequestException("frame rate for .gif: expected at most " + MAX_GIF_FRAMES_PER_SECOND
                    + " frames per second, found " + rate + " (nearest that works: " + MAX_GIF_FRAMES_PER_SECOND + ")");
        }
        if (this == PNG_SEQUENCE && frames > 1 && !PngTarget.of(target).isSequence()) {
            throw PngTarget.stillForClip(target);
        }
    }

    /** FFmpeg's name of the container, empty when there is none. */
    String muxer() {
        return muxer;
    }

    /** An odd side goes down by one, for up would need pixels that nobody made; a side of 1 becomes 2. */
    private static int nearestEven(int sidePx) {
        return Math.max(2, sidePx - sidePx % 2);
    }

    private static String extensions() {
        return Arrays.stream(values()).map(OutputFormat::extension).distinct().collect(Collectors.joining(", "));
    }

    private static String codecs(String extension) {
        return Arrays.stream(values())
                .filter(format -> format.extension.equals(extension))
                .map(format -> format.codec.label())
                .collect(Collectors.joining(", "));
    }

    private static String fileName(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }
}
