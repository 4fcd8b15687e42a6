package dev.zoetrope.ffm.ort;

/** Where a session computes. */
public sealed interface Provider {
    /** On the processor. */
    record Cpu() implements Provider {}

    /**
     * On an NVIDIA GPU; operators without a CUDA kernel run on the processor.
     *
     * @param deviceId number of the GPU, from 0
     * @param options how the provider works
     */
    record Cuda(int deviceId, CudaOptions options) implements Provider {
        /** Checks that a stream is one of this GPU. */
        public Cuda {
            if (deviceId < 0) {
                throw new IllegalArgumentException("deviceId: expected 0 or more, found " + deviceId);
            }
            options.stream().ifPresent(stream -> {
                if (stream.deviceOrdinal() != deviceId) {
                    throw new IllegalArgumentException("stream: expected one of GPU " + deviceId
                            + ", where the session computes, found one of GPU " + stream.deviceOrdinal());
                }
            });
        }
    }
}
