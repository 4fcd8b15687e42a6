/**
 * Programs that measure; {@code tests/benchmark} has the commands that run them and {@code docs/benchmarks.md} what they
 * found. {@link dev.zoetrope.benchmark.RenderWorker} is timed against PyTorch, {@link
 * dev.zoetrope.benchmark.LoopOverheadBenchmark} times the denoise loop around the network.
 */
@NullMarked
package dev.zoetrope.benchmark;

import org.jspecify.annotations.NullMarked;
