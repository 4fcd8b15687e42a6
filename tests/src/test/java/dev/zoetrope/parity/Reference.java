package dev.zoetrope.parity;

import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.weight.SafetensorsFile;
import dev.zoetrope.graph.weight.WeightTensor;
import java.nio.file.Path;

/**
 * Inputs and outputs of a model's networks in PyTorch.
 *
 * @param file what {@code flipbook/goldens.py} wrote
 */
record Reference(Path file) {
    boolean has(String name) {
        try (SafetensorsFile reference = SafetensorsFile.open(file)) {
            return reference.names().contains(name);
        }
    }

    HostTensor tensor(String name) {
        try (SafetensorsFile reference = SafetensorsFile.open(file)) {
            WeightTensor tensor = reference.tensor(name);
            ElementType type = ElementType.ofOnnxCode(tensor.type().code());
            long[] sizes = tensor.sizes().stream().mapToLong(Long::longValue).toArray();
            return HostTensor.copyOf(reference.bytes(tensor), type, sizes);
        }
    }
}
