/**
 * Wan 2.1 and 2.2 (arXiv:2503.20314), straight from their folders in diffusers layout. {@link
 * dev.zoetrope.runtime.model.wan.WanModel} opens a folder. {@link dev.zoetrope.runtime.model.wan.WanSettings} says which of the kinds a folder holds and what follows from that; {@link
 * dev.zoetrope.runtime.model.wan.WanDenoiser} runs the transformer on packed sequences, {@link
 * dev.zoetrope.runtime.model.wan.Umt5TextEncoder} reads prompts, {@link dev.zoetrope.runtime.model.wan.WanCompressor} is the
 * video autoencoder behind the runtime's interface.
 */
@NullMarked
package dev.zoetrope.runtime.model.wan;

import org.jspecify.annotations.NullMarked;
