package dev.zoetrope.runtime.pipeline;

/**
 * A picture that the network is shown beside the latents.
 *
 * @param frame of the clip
 * @param picture it
 */
public record ShownPicture(int frame, Footage picture) {}
