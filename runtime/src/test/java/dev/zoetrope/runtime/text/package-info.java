/** Tests of {@code dev.zoetrope.runtime.text}. */
@NullMarked
package dev.zoetrope.runtime.text;

import org.jspecify.annotations.NullMarked;
