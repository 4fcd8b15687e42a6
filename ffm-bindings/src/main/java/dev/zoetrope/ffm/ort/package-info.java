/**
 * ONNX Runtime through its C API: {@link dev.zoetrope.ffm.ort.Environment} → {@link dev.zoetrope.ffm.ort.Session} →
 * {@link dev.zoetrope.ffm.ort.Binding}, with {@link dev.zoetrope.ffm.ort.Tensor} as a view of off-heap memory.
 *
 * <p>Open an environment, open a session with a model, create a binding, bind each input and output to memory of yours
 * once, then change the memory and {@code run()} as often as you like: nothing is copied between Java and the library.
 * Every native call goes through one package-private class, every native status becomes an {@link
 * dev.zoetrope.ffm.ort.OrtException}.
 */
@NullMarked
package dev.zoetrope.ffm.ort;

import org.jspecify.annotations.NullMarked;
