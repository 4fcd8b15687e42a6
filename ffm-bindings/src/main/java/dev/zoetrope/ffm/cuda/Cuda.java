package dev.zoetrope.ffm.cuda;

import com.google.errorprone.annotations.MustBeClosed;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;

/** The NVIDIA driver of this machine. Nothing is loaded before {@link #open()} or {@link #status()} is called. */
public final class Cuda {
    private final CudaDriver driver;

    private Cuda(CudaDriver driver) {
        this.driver = driver;
    }

    /**
     * Loads the driver. It stays loaded for the rest of the process's life, so there is nothing to close.
     *
     * @throws CudaException if there is no driver, or it does not start; the message says which
     */
    public static Cuda open() {
        return new Cuda(CudaDriver.load());
    }

    /**
     * A driver that is loaded already, or stands in for one.
     *
     * @param symbols its functions by their exported names; they must stay valid for the rest of the process's life
     * @throws CudaException if a function is missing, or the driver does not start
     */
    public static Cuda of(SymbolLookup symbols) {
        return new Cuda(new CudaDriver(symbols));
    }

    /** Whether CUDA can be used here, and if not, why; throws nothing. */
    public static CudaStatus status() {
        try {
            Cuda cuda = open();
            return new CudaStatus.Available(cuda.driverVersion(), cuda.devices());
        } catch (CudaException e) {
            return new CudaStatus.Missing(String.valueOf(e.getMessage()));
        }
    }

    /** Newest CUDA version that the driver supports, for example {@code 13.0}. */
    public String driverVersion() {
        int version = driver.driverVersion();
        return version / 1000 + "." + version % 1000 / 10;
    }

    /** The GPUs, in the driver's order. */
    public List<CudaDevice> devices() {
        List<CudaDevice> devices = new ArrayList<>();
        int count = driver.deviceCount();
        for (int ordinal = 0; ordinal < count; ordinal++) {
            int device = driver.device(ordinal);
            devices.add(new CudaDevice(
                    ordinal,
                    driver.deviceName(device),
                    driver.deviceAttribute(CudaDriver.DEVICE_ATTRIBUTE_COMPUTE_MAJOR, device),
                    driver.deviceAttribute(CudaDriver.DEVICE_ATTRIBUTE_COMPUTE_MINOR, device),
                    driver.deviceTotalBytes(device)));
        }
        return List.copyOf(devices);
    }

    /**
     * Takes part in a GPU's primary context, the one that ONNX Runtime uses too. The caller closes it.
     *
     * @throws IllegalArgumentException if there is no GPU of that number
     */
    @MustBeClosed
    public CudaContext openContext(int ordinal) {
        int count = driver.deviceCount();
        if (ordinal < 0 || ordinal >= count) {
            throw new IllegalArgumentException("GPU number: expected 0 to " + (count - 1) + ", found " + ordinal);
        }
        return new CudaContext(driver, ordinal, driver.device(ordinal));
    }
}
