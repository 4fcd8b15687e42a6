/** Tests of graph values and shapes. */
@NullMarked
package dev.zoetrope.graph.ir;

import org.jspecify.annotations.NullMarked;
