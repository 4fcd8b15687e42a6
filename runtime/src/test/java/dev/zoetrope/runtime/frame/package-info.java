/** Tests of {@code dev.zoetrope.runtime.frame}. */
@NullMarked
package dev.zoetrope.runtime.frame;

import org.jspecify.annotations.NullMarked;
