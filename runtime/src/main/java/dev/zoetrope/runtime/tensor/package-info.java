/**
 * Off-heap memory in the forms that tensors need: aligned, typed, owned by an arena. {@link
 * dev.zoetrope.runtime.tensor.TensorMemory} is the central type. Uses no other package of the runtime.
 */
@NullMarked
package dev.zoetrope.runtime.tensor;

import org.jspecify.annotations.NullMarked;
