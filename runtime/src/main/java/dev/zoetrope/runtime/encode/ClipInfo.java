package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.frame.FrameRate;
import java.util.Map;

/**
 * What a clip file says of itself and what was counted in it.
 *
 * @param widthPx columns of a frame as it is to be seen: upright, with square pixels
 * @param heightPx rows of such a frame
 * @param frames number of frames, counted
 * @param rate frames per second; nominal or mean where the file has frames of unequal length
 * @param seconds how long it plays
 * @param codec FFmpeg's name of the video codec, such as {@code h264}
 * @param pixelFormat FFmpeg's name of the pixel format, such as {@code yuv420p}
 * @param container FFmpeg's name of the container, such as {@code mov,mp4,m4a,3gp,3g2,mj2}
 * @param hasSound whether there is sound as well
 * @param metadata tags, keys in lower case; {@code comment} holds what made a clip of ours
 */
public record ClipInfo(
        int widthPx,
        int heightPx,
        long frames,
        FrameRate rate,
        double seconds,
        String codec,
        String pixelFormat,
        String container,
        boolean hasSound,
        Map<String, String> metadata) {
    public ClipInfo {
        metadata = Map.copyOf(metadata);
    }
}
