/**
 * Runs a request: text, packing, denoise loop, then a clip that can be decoded. {@link
 * dev.zoetrope.runtime.pipeline.RenderPipeline} calls the stages in order and holds no arithmetic; {@link
 * dev.zoetrope.runtime.pipeline.Checkpoint} is what survives a killed process. Uses every stage package; only the root
 * package may use this one.
 */
@NullMarked
package dev.zoetrope.runtime.pipeline;

import org.jspecify.annotations.NullMarked;
