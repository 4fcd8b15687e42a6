package dev.zoetrope.parity;

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
        return reference().tensor(name);
    }

    static Reference reference() {
        return new Reference(resource("reference.safetensors"));
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
