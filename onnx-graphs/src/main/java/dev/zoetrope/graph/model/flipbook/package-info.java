/**
 * The flipbook family: a small text-to-video diffusion transformer and its causal codec, as ONNX graphs.
 * {@link dev.zoetrope.graph.model.flipbook.FlipbookTransformer} and {@link dev.zoetrope.graph.model.flipbook.FlipbookCodec} build
 * them from a model folder; the Python that defines them is {@code onnx-graphs/training/flipbook}.
 */
@NullMarked
package dev.zoetrope.graph.model.flipbook;

import org.jspecify.annotations.NullMarked;
