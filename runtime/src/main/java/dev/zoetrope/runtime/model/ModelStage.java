package dev.zoetrope.runtime.model;

/**
 * What has to be in memory together at one time of a render.
 *
 * @param use when
 * @param part the component it is of
 * @param loadedBytes of its sessions, about
 * @param workingBytes of what they work with, at most, beside what goes with the size of a clip
 */
public record ModelStage(Use use, ModelPart part, long loadedBytes, long workingBytes) {
    /** When, in this order. */
    public enum Use {
        TEXT,
        ENCODE,
        DENOISE,
        DECODE
    }

    /** A stage whose sessions hold the part's weights once, and work with little. */
    public static ModelStage of(Use use, ModelPart part) {
        return new ModelStage(use, part, part.loadedBytes(), 0);
    }
}
