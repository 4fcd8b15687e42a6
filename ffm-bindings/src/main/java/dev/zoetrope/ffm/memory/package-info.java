/**
 * Off-heap memory and the life of native objects: {@link dev.zoetrope.ffm.memory.NativeMemory} owns buffers, {@link
 * dev.zoetrope.ffm.memory.Lifetime} decides between use and close.
 *
 * <p>Knows nothing of ONNX Runtime or CUDA.
 */
@NullMarked
package dev.zoetrope.ffm.memory;

import org.jspecify.annotations.NullMarked;
