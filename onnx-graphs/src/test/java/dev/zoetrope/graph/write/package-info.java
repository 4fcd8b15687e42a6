/** Tests of the ONNX writer. */
@NullMarked
package dev.zoetrope.graph.write;

import org.jspecify.annotations.NullMarked;
