package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;

/**
 * One clip under one prompt: tokens attend inside their own segment only.
 *
 * @param text its prompt
 * @param layout its latents
 * @param latentClip which clip's latents it reads; two segments that name the same clip share its rows, which is how
 *     guidance sees one set of latents with and without the prompt. Clips are numbered from 0 in order of appearance.
 */
public record PackedSegment(TextEmbedding text, ClipLayout layout, int latentClip) {}
