package dev.zoetrope.ffm.ort;

import java.util.List;

/** What helps against failures whose native text does not say so. */
final class Cure {
    private record Known(String sign, String cure) {}

    /* First match wins; the signs are fragments of the texts of ONNX Runtime 1.29. */
    private static final List<Known> BY_TEXT = List.of(
            new Known(
                    "External data path",
                    "put the weight files under the folder given by withExternalDataFolder, as plain files or hard links:"
                            + " absolute paths, `..` and symbolic links that leave the folder are refused"),
            new Known(
                    "External initializer",
                    "check that the weight file is whole and is the one the model was built from"),
            new Known(
                    "Failed to load shared library",
                    "the CUDA provider needs an NVIDIA driver, and cuBLAS, cuRAND and the CUDA runtime of its own major version"
                            + " on the library path"),
            new Known(
                    "is not enabled in this build",
                    "use the onnxruntime_gpu jar, or set ZOETROPE_ORT_LIB to a library built with this provider"),
            new Known(
                    "CUDA failure 35:",
                    "NVIDIA's driver is older than the CUDA libraries: install a newer driver, or libraries that are no"
                            + " newer than it (`zoetrope doctor --gpu` shows both)"),
            new Known(
                    "no kernel image is available",
                    "this build of ONNX Runtime has no code for this GPU's architecture: use a build that has, another GPU, or"
                            + " the CPU provider"),
            new Known("Invalid device ID", "choose a GPU that there is"),
            new Known(
                    "cuDNN is unavailable",
                    "install cuDNN 9 (`pip install nvidia-cudnn-cu13`, or -cu12), or name its folder in ZOETROPE_CUDA_LIB"),
            new Known("CUDA failure 2:", "the GPU's memory ran out: use a smaller size, or free some"),
            new Known(
                    "smaller than requested bytes",
                    "the GPU memory allowed to the provider ran out: use a smaller size, or a higher limit"),
            new Known("no CUDA-capable device", "use the CPU provider, or check the driver with nvidia-smi"),
            new Known("Unsupported model IR version", "export the model with an IR version which this library reads"),
            new Known("is under development", "export the model for an opset which this library reads"),
            new Known("bad_alloc", "the process is out of memory: use a smaller size, or give it more"),
            new Known("Failed to allocate memory", "memory ran out: use a smaller size, or free some"));

    private Cure() {}

    static String of(ErrorCode code, String text) {
        for (Known known : BY_TEXT) {
            if (text.contains(known.sign())) {
                return known.cure();
            }
        }
        return switch (code) {
            case INVALID_PROTOBUF -> "the bytes are not an ONNX model, or not all of it";
            case NOT_IMPLEMENTED -> "the provider has no kernel for this operator with this element type";
            case NO_SUCH_FILE -> "check the path of the model and of its external data";
            default -> "";
        };
    }
}
