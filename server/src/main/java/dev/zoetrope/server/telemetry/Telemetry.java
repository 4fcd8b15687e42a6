package dev.zoetrope.server.telemetry;

import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.server.job.JobObserver;
import dev.zoetrope.server.job.JobReport;
import io.opentelemetry.api.GlobalOpenTelemetry;

/**
 * All that a server tells of itself. Closed by who made it, after the engine's last job and before the engine.
 *
 * @param metrics for Prometheus
 * @param traces for OpenTelemetry
 */
public record Telemetry(Metrics metrics, Traces traces) implements JobObserver, AutoCloseable {
    /** Figures of an engine; spans go where the process's OpenTelemetry sends them, nowhere if it has none. */
    public static Telemetry of(Zoetrope engine) {
        return new Telemetry(new Metrics(engine), new Traces(GlobalOpenTelemetry.get()));
    }

    @Override
    public void ended(JobReport report) {
        metrics.ended(report);
        traces.ended(report);
    }

    @Override
    public void close() {
        metrics.close();
    }
}
