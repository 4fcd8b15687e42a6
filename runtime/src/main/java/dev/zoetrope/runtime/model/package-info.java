/**
 * Opens a model folder and owns its sessions: the only package that touches native sessions and graphs. {@link
 * dev.zoetrope.runtime.model.VideoModel} is what an engine needs of a family: a text encoder, a denoiser and a
 * compressor, the interfaces of the stage packages, with its defaults and its schedule. Flipbook, the shipped family, is
 * here; others have a package each. Only the pipeline and the root package may use this one.
 */
@NullMarked
package dev.zoetrope.runtime.model;

import org.jspecify.annotations.NullMarked;
