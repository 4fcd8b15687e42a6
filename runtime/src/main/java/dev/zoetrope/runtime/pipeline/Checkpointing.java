package dev.zoetrope.runtime.pipeline;

import java.nio.file.Path;

/**
 * Where and with which identity a render writes its checkpoints.
 *
 * @param file rewritten after each step, deleted at the end
 * @param identity what a resumed render has to share
 * @param requestJson the resolved request
 */
public record Checkpointing(Path file, Checkpoint.Identity identity, String requestJson) {}
