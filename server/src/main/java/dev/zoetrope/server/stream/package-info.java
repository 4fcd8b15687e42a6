/**
 * Answers that last as long as a job: {@link dev.zoetrope.server.stream.EventStream} tells its progress
 * over an {@link dev.zoetrope.server.stream.EventChannel}, {@link dev.zoetrope.server.stream.ClipTail} sends its video while it is being decoded. Neither ever holds up the engine.
 */
@NullMarked
package dev.zoetrope.server.stream;

import org.jspecify.annotations.NullMarked;
