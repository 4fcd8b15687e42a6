/**
 * The graph itself: values with a type and a symbolic shape, nodes and initializers, independent of any file format.
 * {@link dev.zoetrope.graph.ir.GraphBuilder} makes a {@link dev.zoetrope.graph.ir.Graph}; nothing here knows an operator's
 * meaning, protobuf or a model.
 */
@NullMarked
package dev.zoetrope.graph.ir;

import org.jspecify.annotations.NullMarked;
