/**
 * Latents become frames, one latent group at a time, so that memory does not grow with the clip. {@link
 * dev.zoetrope.runtime.decode.Compressor} is the door to a video codec's networks (implemented in the model package);
 * {@link dev.zoetrope.runtime.decode.StreamingDecoder} walks a clip through it and hands frames on. Sees latents and
 * frames, no sampler.
 */
@NullMarked
package dev.zoetrope.runtime.decode;

import org.jspecify.annotations.NullMarked;
