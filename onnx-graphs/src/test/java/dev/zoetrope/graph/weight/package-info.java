/** Tests of weight files, sound and hostile. */
@NullMarked
package dev.zoetrope.graph.weight;

import org.jspecify.annotations.NullMarked;
