package dev.zoetrope.runtime.pipeline;

/** The stages a caller can watch, in the order they happen. */
public enum Stage {
    /** The model is opened: files unpacked, graphs built, sessions made. Only a first render waits here. */
    LOAD,
    /** The prompts become token states. */
    TEXT,
    /** Given pictures and clips become latents. Its time counts dissolves, too, which come behind the steps. */
    ENCODE,
    /** The sampler's steps. */
    DENOISE,
    /** Latents become frames, and frames become the file. */
    DECODE
}
