/**
 * Operators as typed methods: each works out its result's type and shape when the graph is built, and refuses what cannot be
 * with the value's name. {@link dev.zoetrope.graph.op.Operators} is the door; components call it, and it alone makes nodes.
 */
@NullMarked
package dev.zoetrope.graph.op;

import org.jspecify.annotations.NullMarked;
