package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.ort.Tensor;
import java.util.Map;

/** Inputs and outputs of a {@link Network}, bound to memory and used by every run after. Used by one thread at a time. */
public interface NetworkBinding extends AutoCloseable {
    /** Binds an input, in place of what was bound to that name before. */
    void bindInput(String name, Tensor tensor);

    /** Binds memory for an output, in place of what was bound to that name before. */
    void bindOutput(String name, Tensor tensor);

    /** Runs on what is bound, on this thread, and returns when the outputs are written. */
    void run();

    /** How long the last run took inside the library; 0 before the first. */
    long runNanos();

    /** The address that each named input and output is bound to. */
    Map<String, Long> boundAddresses();

    @Override
    void close();
}
