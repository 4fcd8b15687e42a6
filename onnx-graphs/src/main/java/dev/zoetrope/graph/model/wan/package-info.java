/**
 * The Wan family (arXiv:2503.20314), versions 2.1 and 2.2, as ONNX graphs built from a folder of Hugging Face diffusers:
 * {@link dev.zoetrope.graph.model.wan.WanTransformer} over packed sequences and {@link dev.zoetrope.graph.model.wan.Umt5Encoder},
 * its text encoder, and {@link dev.zoetrope.graph.model.wan.WanAutoencoder} over video. Weights are used as they lie. Checked against diffusers 0.42.1 ({@code models/transformers/transformer_wan.py})
 * and transformers 5.23.0 ({@code models/umt5/modeling_umt5.py}).
 */
@NullMarked
package dev.zoetrope.graph.model.wan;

import org.jspecify.annotations.NullMarked;
