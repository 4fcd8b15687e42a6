/** Native libraries, their memory and their calls: the only package that opens a native library or looks up a symbol. */
@NullMarked
package dev.zoetrope.ffm;

import org.jspecify.annotations.NullMarked;
