package dev.zoetrope.runtime.pipeline;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where, how often and with which identity a render writes its checkpoints.
 *
 * @param file rewritten between steps, deleted at the end
 * @param interval time from one to the next at least; zero: after each step, as far as the disk keeps up
 * @param identity what a resumed render has to share
 * @param requestJson the resolved request
 */
public record Checkpointing(Path file, Duration interval, Checkpoint.Identity identity, String requestJson) {}
