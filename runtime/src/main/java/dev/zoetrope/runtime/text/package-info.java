/**
 * Prompts become token ids, and ids become token states. {@link dev.zoetrope.runtime.text.TextEmbedding} is what the
 * later stages read; {@link dev.zoetrope.runtime.text.Tokenizer} and {@link dev.zoetrope.runtime.text.TextEncoder} are
 * how a model makes it. {@link dev.zoetrope.runtime.text.NearestWords} says which words a model was not trained on. Knows
 * no stage after it.
 */
@NullMarked
package dev.zoetrope.runtime.text;

import org.jspecify.annotations.NullMarked;
