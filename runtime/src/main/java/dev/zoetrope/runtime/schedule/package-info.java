/**
 * Noise levels: which a sampler visits, and how much signal and noise each stands for.
 * {@link dev.zoetrope.runtime.schedule.SigmaSchedule} is the central type for the shipped model;
 * {@link dev.zoetrope.runtime.schedule.NoisePath} is what samplers read, for flow matching and for discrete time
 * alike. Knows no tensors.
 */
@NullMarked
package dev.zoetrope.runtime.schedule;

import org.jspecify.annotations.NullMarked;
