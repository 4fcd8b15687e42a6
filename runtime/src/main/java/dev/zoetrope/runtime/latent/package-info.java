/**
 * Latents, noise, and the packed sequence in which clips of any size share one run of the transformer. {@link
 * dev.zoetrope.runtime.latent.PackedSequence} is the central type: it owns the buffers that the graph reads and the
 * sampler changes in place. Must not know samplers, sessions or graphs.
 */
@NullMarked
package dev.zoetrope.runtime.latent;

import org.jspecify.annotations.NullMarked;
