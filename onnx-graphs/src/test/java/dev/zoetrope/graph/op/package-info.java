/** Tests of operators' shapes and refusals. */
@NullMarked
package dev.zoetrope.graph.op;

import org.jspecify.annotations.NullMarked;
