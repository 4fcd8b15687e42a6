/**
 * Measures clips by code alone: no network, nothing to download. {@link dev.zoetrope.cli.metrics.ClipMetrics} takes the
 * frames of one clip, from a file or straight from a decoder, and returns a {@link dev.zoetrope.cli.metrics.ClipReport};
 * the sinks it is made of also serve alone. {@code docs/metrics.md} defines every figure. May not depend on the commands.
 */
@NullMarked
package dev.zoetrope.cli.metrics;

import org.jspecify.annotations.NullMarked;
