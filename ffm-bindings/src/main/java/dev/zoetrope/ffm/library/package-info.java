/**
 * Finds a native library, puts it on disk where it came inside a jar, and opens it; {@link
 * dev.zoetrope.ffm.library.NativeLibrary} is the door, and says where it looked when there is nothing to open.
 *
 * <p>Used by {@code dev.zoetrope.ffm.ort} and {@code dev.zoetrope.ffm.cuda} alone.
 */
@NullMarked
package dev.zoetrope.ffm.library;

import org.jspecify.annotations.NullMarked;
