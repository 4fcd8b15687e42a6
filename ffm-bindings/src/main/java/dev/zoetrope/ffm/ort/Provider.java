package dev.zoetrope.ffm.ort;

import java.util.Map;
import java.util.TreeMap;

/** Where a session computes. */
public sealed interface Provider {
    /** On the processor. */
    record Cpu() implements Provider {}

    /**
     * On an NVIDIA GPU; operators without a CUDA kernel run on the processor.
     *
     * @param deviceId number of the GPU, from 0
     * @param options the provider's own options by name, for example {@code use_tf32=0}
     */
    record Cuda(int deviceId, Map<String, String> options) implements Provider {
        /** Copies the options. */
        public Cuda {
            if (deviceId < 0) {
                throw new IllegalArgumentException("deviceId: expected 0 or more, found " + deviceId);
            }
            options = Map.copyOf(new TreeMap<>(options));
        }
    }
}
