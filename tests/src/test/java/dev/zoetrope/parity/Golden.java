package dev.zoetrope.parity;

import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.weight.SafetensorsFile;
import dev.zoetrope.graph.weight.WeightTensor;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** The committed inputs and outputs of the PyTorch networks, and the tiny model they belong to. */
final class Golden {
    private Golden() {}

    static Path transformer() {
        return resource("tiny/transformer");
    }

    static Path codec() {
        return resource("tiny/vae");
    }

    static HostTensor tensor(String name) {
        try (SafetensorsFile reference = SafetensorsFile.open(resource("reference.safetensors"))) {
            WeightTensor tensor = reference.tensor(name);
            ElementType type = ElementType.ofOnnxCode(tensor.type().code());
            long[] sizes = tensor.sizes().stream().mapToLong(Long::longValue).toArray();
            return HostTensor.copyOf(reference.bytes(tensor), type, sizes);
        }
    }

    private static Path resource(String name) {
        URL url = Objects.requireNonNull(Golden.class.getResource("/golden/flipbook/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
