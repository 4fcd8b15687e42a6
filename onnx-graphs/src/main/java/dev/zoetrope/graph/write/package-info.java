/**
 * The only place that touches protobuf: {@link dev.zoetrope.graph.write.OnnxWriter} turns a graph into the bytes of an ONNX model and
 * back. The generated classes are used nowhere else.
 */
@NullMarked
package dev.zoetrope.graph.write;

import org.jspecify.annotations.NullMarked;
