/**
 * Where latents lie in time and space: seconds, spans, cells, and which of them are being made. {@link
 * dev.zoetrope.runtime.timeline.ClipLayout} is the central type. Knows nothing of values; packing reads it.
 */
@NullMarked
package dev.zoetrope.runtime.timeline;

import org.jspecify.annotations.NullMarked;
