/**
 * Pictures on their way from the decoder to a file: {@link dev.zoetrope.runtime.frame.Frame} is a view of 8-bit pixels
 * outside the heap, a {@link dev.zoetrope.runtime.frame.FrameSink} takes them one after the other. Knows neither models
 * nor FFmpeg.
 */
@NullMarked
package dev.zoetrope.runtime.frame;

import org.jspecify.annotations.NullMarked;
