/** Tests of {@code dev.zoetrope.runtime.encode}. */
@NullMarked
package dev.zoetrope.runtime.encode;

import org.jspecify.annotations.NullMarked;
