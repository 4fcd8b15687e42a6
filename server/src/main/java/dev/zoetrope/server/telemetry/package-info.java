/**
 * What a server tells its operator of itself: {@link dev.zoetrope.server.telemetry.Metrics} for Prometheus and {@link
 * dev.zoetrope.server.telemetry.Traces} for OpenTelemetry. No other package sees the libraries for either.
 */
@NullMarked
package dev.zoetrope.server.telemetry;

import org.jspecify.annotations.NullMarked;
