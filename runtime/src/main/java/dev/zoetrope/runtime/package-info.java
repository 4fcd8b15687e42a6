/** Turns a request into a clip: one package per stage, in the order in which the data moves. */
@NullMarked
package dev.zoetrope.runtime;

import org.jspecify.annotations.NullMarked;
