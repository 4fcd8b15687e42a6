/**
 * Finished models: {@link dev.zoetrope.graph.export.OnnxModel} is what a session is opened with, and what is saved as a file.
 */
@NullMarked
package dev.zoetrope.graph.export;

import org.jspecify.annotations.NullMarked;
