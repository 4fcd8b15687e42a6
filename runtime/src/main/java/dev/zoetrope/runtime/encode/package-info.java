/**
 * Video files out and in, by FFmpeg: {@link dev.zoetrope.runtime.encode.VideoEncoder} writes the frames of a clip under
 * a temporary name and moves the file into place when it is whole, with pieces of other files' sound
 * ({@link dev.zoetrope.runtime.encode.SoundTrack}); {@link dev.zoetrope.runtime.encode.ClipReader} reads a file of any
 * format, {@link dev.zoetrope.runtime.encode.FootageReader} in the size and at the rate that a model wants. {@link dev.zoetrope.runtime.encode.OutputFormat} says which kinds of file there are. The only package that
 * may use {@code org.bytedeco}; it knows frames and nothing before them.
 */
@NullMarked
package dev.zoetrope.runtime.encode;

import org.jspecify.annotations.NullMarked;
