package dev.zoetrope.ffm.library;

/**
 * A library of NVIDIA's that the CUDA provider uses.
 *
 * @param fileName its name, with the major version that is wanted
 * @param required whether the provider does not load without it; the others are opened when an operator needs them
 * @param use what it is for
 * @param place the file that is loaded now; empty if none is
 * @param otherVersion a file of another major version that was seen on the way; empty if none was
 */
public record CudaLibrary(String fileName, boolean required, String use, String place, String otherVersion) {
    /** Whether it is loaded. */
    public boolean isLoaded() {
        return !place.isEmpty();
    }
}
