package dev.zoetrope.server.telemetry;

import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.model.NativeReport.GpuMemory;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.sample.StepCounters;
import dev.zoetrope.server.job.JobObserver;
import dev.zoetrope.server.job.JobReport;
import dev.zoetrope.server.job.Jobs;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a server, in Prometheus' text format. Labels are of closed sets: states, outcomes, stages, routes, methods
 * and statuses; never an id. Thread-safe.
 */
public final class Metrics implements JobObserver, AutoCloseable {
    /** The type of what {@link #scrape} gives. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double NANOS = 1e9;
    private static final Path STATISTICS = Path.of("/proc/self/status");

    private static final Duration[] OF_JOBS = seconds(0.1, 0.5, 1, 2.5, 5, 15, 30, 60, 150, 300, 900, 3600);
    private static final Duration[] OF_REQUESTS = seconds(0.005, 0.025, 0.1, 0.5, 2.5, 10, 60);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicInteger openRequests = new AtomicInteger();
    private final JvmGcMetrics collector = new JvmGcMetrics();

    /** Figures of an engine; those of jobs come with {@link #watch}. */
    public Metrics(Zoetrope engine) {
        new JvmMemoryMetrics().bindTo(registry);
        collector.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        if (Files.isReadable(STATISTICS)) {
            gauge(
                    "process.resident.memory",
                    "Memory of the process, native memory included",
                    this,
                    _ -> residentBytes());
        }
        gauge("zoetrope.http.open.requests", "Requests whose answer has not ended", openRequests, AtomicInteger::get);
        steps(engine);
        if (engine.info().provider().equals("cuda")) {
            gauge(
                    "zoetrope.gpu.memory.used",
                    "Memory in use on the GPU, by all programs",
                    this,
                    _ -> gpu(GpuMemory::usedBytes));
            gauge("zoetrope.gpu.memory.total", "Memory of the GPU", this, _ -> gpu(GpuMemory::totalBytes));
        }
    }

    private static Duration[] seconds(double... values) {
        Duration[] durations = new Duration[values.length];
        for (int i = 0; i < values.length; i++) {
            durations[i] = Duration.ofMillis(Math.round(values[i] * 1000));
        }
        return durations;
    }

    private void steps(Zoetrope engine) {
        counter("zoetrope.steps", "Steps made: runs of the network", engine, StepCounters::steps);
        counter("zoetrope.step.seconds", "Time of steps", engine, steps -> steps.stepNanos() / NANOS);
        counter(
                "zoetrope.step.network.seconds",
                "Time of steps in the network",
                engine,
                steps -> steps.runNanos() / NANOS);
        counter("zoetrope.step.tokens", "Packed tokens of all steps", engine, StepCounters::tokens);
        counter("zoetrope.step.segments", "Segments of all steps", engine, StepCounters::segments);
        counter(
                "zoetrope.step.padding.avoided.tokens",
                "Tokens saved by packing instead of padding",
                engine,
                StepCounters::paddingAvoided);
        counter(
                "zoetrope.step.moved.bytes",
                "Bytes of latents copied because a render came or left",
                engine,
                StepCounters::bytesMoved);
        counter("zoetrope.renders.failed", "Renders whose steps failed", engine, StepCounters::failed);
        gauge(
                "zoetrope.step.token.budget",
                "Packed tokens up to which renders share a step",
                engine,
                it -> it.steps().budget());
        gauge(
                "zoetrope.step.fill.ratio",
                "Share of the budget that a step had packed, on average since the start",
                engine,
                it -> it.steps().fill());
        gauge(
                "zoetrope.step.most.waited",
                "Most steps that a render waited for its first",
                engine,
                it -> it.steps().mostStepsWaited());
        gauge(
                "zoetrope.renders.stepping",
                "Renders that take part in steps",
                engine,
                it -> it.steps().running());
    }

    /** Adds the figures of a queue. */
    public void watch(Jobs jobs) {
        jobs("queued", jobs, Jobs::waiting);
        jobs("in_progress", jobs, Jobs::running);
        gauge(
                "zoetrope.watchers",
                "Readers of events and of streams",
                jobs,
                it -> it.feed().watching());
    }

    private void jobs(String state, Jobs jobs, ToDoubleFunction<Jobs> count) {
        Gauge.builder("zoetrope.jobs", jobs, count)
                .description("Jobs by state: those that wait, and those that run here")
                .tag("state", state)
                .strongReference(true)
                .register(registry);
    }

    @Override
    public void ended(JobReport report) {
        if (!report.resumed()) {
            timer(
                    "zoetrope.job.wait",
                    "From the request to the begin of its job",
                    Duration.between(report.created(), report.began()));
        }
        Timer.builder("zoetrope.job")
                .description("From the begin of a job's run to its end, by how it ended")
                .tag("outcome", report.outcome().id())
                .serviceLevelObjectives(OF_JOBS)
                .register(registry)
                .record(Duration.between(report.began(), report.ended()));
        report.time(Stage.DENOISE)
                .ifPresent(time -> timer("zoetrope.job.denoise", "Time in steps, with those of others", time));
        report.time(Stage.DECODE).ifPresent(time -> {
            timer("zoetrope.job.decode", "Time from latents to the file", time);
            timer("zoetrope.job.encode", "The part of it in video encoders", report.encoding());
        });
        report.timeToFirstFrame()
                .ifPresent(time ->
                        timer("zoetrope.job.first.frame", "From the begin of decoding to a frame that plays", time));
    }

    /** A request came. */
    public void requestBegan() {
        openRequests.incrementAndGet();
    }

    /**
     * A request was answered, or nobody waited for it any more.
     *
     * @param route the route's pattern, of a closed set
     */
    public void requestEnded(String method, String route, int status, Duration time) {
        openRequests.decrementAndGet();
        Timer.builder("http.server.requests")
                .description("Requests by route and status")
                .tag("method", method)
                .tag("route", route)
                .tag("status", String.valueOf(status))
                .serviceLevelObjectives(OF_REQUESTS)
                .register(registry)
                .record(time);
    }

    /** All figures now. Asks the database: not for an event loop. */
    public String scrape() {
        return registry.scrape(CONTENT_TYPE);
    }

    @Override
    public void close() {
        collector.close();
        registry.close();
    }

    private void timer(String name, String description, Duration time) {
        Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(OF_JOBS)
                .register(registry)
                .record(time);
    }

    private <T> void gauge(String name, String description, T state, ToDoubleFunction<T> value) {
        Gauge.builder(name, state, value)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    private void counter(String name, String description, Zoetrope engine, ToDoubleFunction<StepCounters> value) {
        FunctionCounter.builder(name, engine, it -> value.applyAsDouble(it.steps()))
                .description(description)
                .register(registry);
    }

    private static double gpu(ToDoubleFunction<GpuMemory> value) {
        Optional<GpuMemory> memory = Diagnostics.gpuMemory();
        return memory.isPresent() ? value.applyAsDouble(memory.get()) : Double.NaN;
    }

    private static double residentBytes() {
        try {
            return Files.readAllLines(STATISTICS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
