/**
 * Reads safetensors files as untrusted input: every name, type, size and offset is checked before it is used.
 * {@link dev.zoetrope.graph.weight.WeightSource} finds tensors by name; the bytes stay in their file, memory-mapped.
 */
@NullMarked
package dev.zoetrope.graph.weight;

import org.jspecify.annotations.NullMarked;
