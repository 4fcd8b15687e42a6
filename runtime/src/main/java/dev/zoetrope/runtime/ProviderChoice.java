package dev.zoetrope.runtime;

/** Where the networks run. */
public enum ProviderChoice {
    CPU,
    CUDA,
    /** The best provider that is proven for the model: the CPU today; CUDA has to be asked for by name. */
    AUTO
}
