/**
 * Holds the graphs to the PyTorch networks that define them. Goldens are made by {@code onnx-graphs/training/flipbook/goldens.py}
 * (torch seed 3, tiny random weights) and lie in {@code golden/flipbook}; how near is near enough stands in
 * {@link dev.zoetrope.parity.Tolerance} alone. The Wan family is held to diffusers and transformers over the folders that
 * {@link dev.zoetrope.parity.WanFolders} finds.
 */
@NullMarked
package dev.zoetrope.parity;

import org.jspecify.annotations.NullMarked;
