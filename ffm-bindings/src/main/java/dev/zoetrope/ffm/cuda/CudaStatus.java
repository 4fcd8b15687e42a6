package dev.zoetrope.ffm.cuda;

import java.util.List;

/** Whether CUDA can be used here. */
public sealed interface CudaStatus {
    /**
     * There is a driver.
     *
     * @param driverVersion newest CUDA version it supports, for example {@code 13.0}
     * @param devices its GPUs; may be empty
     */
    record Available(String driverVersion, List<CudaDevice> devices) implements CudaStatus {
        /** Copies the list. */
        public Available {
            devices = List.copyOf(devices);
        }
    }

    /**
     * There is none, or it does not work.
     *
     * @param reason what was looked for, what was found, and the cure
     */
    record Missing(String reason) implements CudaStatus {}
}
