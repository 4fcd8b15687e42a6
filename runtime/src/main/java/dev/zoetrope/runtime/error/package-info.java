/**
 * What can go wrong in a way a caller can act on. Every message is one line: {@code <thing>: expected <x>, found <y>},
 * then where, then the cure. {@link dev.zoetrope.runtime.error.ZoetropeException} is the common type. Every other
 * package may use this one; it uses none.
 */
@NullMarked
package dev.zoetrope.runtime.error;

import org.jspecify.annotations.NullMarked;
