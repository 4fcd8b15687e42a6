/** Builds ONNX models in Java from a configuration and the weights of a model folder. */
@NullMarked
package dev.zoetrope.graph;

import org.jspecify.annotations.NullMarked;
