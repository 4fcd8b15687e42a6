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
     * A fresh source for one window of a clip.
     *
     * @param window which of the clip's windows; torch seeds do not stretch that far, so it is added to the seed
     * @param patch cells of the codec to a side of a token, see {@link PackingOptions#patch}
     */
    public NoiseSource source(long seed, int window, int patch) {
        return switch (this) {
            case PHILOX -> new PhiloxNoise(seed, 0, window);
            case TORCH -> new TorchNoise(seed + window, patch);
        };
    }
}
