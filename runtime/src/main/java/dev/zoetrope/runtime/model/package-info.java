/**
 * Opens a model folder and owns its sessions: the only package that touches native sessions and graphs. {@link
 * dev.zoetrope.runtime.model.FlipbookModel} is the shipped family; it offers a text encoder, a denoiser and a
 * compressor, the interfaces of the stage packages. Only the pipeline and the root package may use this one.
 */
@NullMarked
package dev.zoetrope.runtime.model;

import org.jspecify.annotations.NullMarked;
