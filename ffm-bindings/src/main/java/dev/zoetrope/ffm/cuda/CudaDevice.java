package dev.zoetrope.ffm.cuda;

/**
 * A GPU as the driver lists it.
 *
 * @param ordinal its number, from 0
 * @param name what its maker calls it
 * @param computeMajor first number of the compute capability
 * @param computeMinor second number of the compute capability
 * @param totalBytes its memory
 */
public record CudaDevice(int ordinal, String name, int computeMajor, int computeMinor, long totalBytes) {
    /** The compute capability, for example {@code 9.0}. */
    public String computeCapability() {
        return computeMajor + "." + computeMinor;
    }
}
