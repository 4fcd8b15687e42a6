/**
 * What has to hold on a GPU, {@code gpu}-tagged: {@code mvn test -Pgpu}, or the self-contained jar ({@code docs/gpu.md}). Where the property
 * {@code zoetrope.gpu.provider} says {@code cpu}, as in the gate, the same tests run against the CPU: that shows that the tests work, and
 * nothing about a GPU.
 */
@NullMarked
package dev.zoetrope.gpu;

import org.jspecify.annotations.NullMarked;
