/** Tests of the flipbook graphs' structure. */
@NullMarked
package dev.zoetrope.graph.model.flipbook;

import org.jspecify.annotations.NullMarked;
