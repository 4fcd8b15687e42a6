package dev.zoetrope.runtime.latent;

import java.util.Arrays;
import java.util.Optional;

/** Where noise comes from, by name. */
public enum NoiseKind {
    /** {@link PhiloxNoise}: the same whatever a clip is packed with. */
    PHILOX("philox"),
    /** {@link TorchNoise}: the numbers of PyTorch's CPU generator. */
    TORCH("torch");

    private final String id;

    NoiseKind(String id) {
        this.id = id;
    }

    /** The name that people write. */
    public String id() {
        return id;
    }

    /** Finds a kind by its id. */
    public static Optional<NoiseKind> of(String id) {
        return Arrays.stream(values())
                .filter(kind -> kind.id.equalsIgnoreCase(id.strip()))
                .findFirst();
    }

    /**
     * A fresh source.
     *
     * @param outputIndex which of the request's clips; torch seeds do not stretch that far, so it is added to the seed
     */
    public NoiseSource source(long seed, int outputIndex) {
        return switch (this) {
            case PHILOX -> NoiseSource.philox(seed, outputIndex);
            case TORCH -> NoiseSource.torch(seed + outputIndex);
        };
    }
}
