package dev.zoetrope.server.telemetry;

import dev.zoetrope.server.job.JobObserver;
import dev.zoetrope.server.job.JobReport;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Spans of requests and of their jobs, through the API of OpenTelemetry: they go where the operator's SDK or agent sends
 * them, and nowhere without one. A job is a child of the request that asked for it, which is a child of what the request's
 * {@code traceparent} says. Thread-safe.
 */
public final class Traces implements JobObserver {
    private static final String PARENT = "traceparent";
    private static final TextMapPropagator W3C = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<Map<String, String>> GETTER =
            (carrier, key) -> carrier == null ? null : carrier.get(key);

    private final Tracer tracer;

    /** @param telemetry where spans go */
    public Traces(OpenTelemetry telemetry) {
        this.tracer = telemetry.getTracer("dev.zoetrope.server");
    }

    /** A request under way. */
    public static final class Request {
        private final Span span;

        private Request(Span span) {
            this.span = span;
        }

        /** Says to others what they are part of; empty when nobody looks. */
        public Optional<String> parent() {
            if (!span.getSpanContext().isValid()) {
                return Optional.empty();
            }
            Map<String, String> carrier = new HashMap<>();
            W3C.inject(Context.root().with(span), carrier, (map, key, value) -> {
                if (map != null) {
                    map.put(key, value);
                }
            });
            return Optional.ofNullable(carrier.get(PARENT));
        }

        /** Ends it. Names are those of OpenTelemetry's semantic conventions for HTTP. */
        public void end(String method, String route, int status) {
            span.updateName(method + " " + route)
                    .setAttribute("http.request.method", method)
                    .setAttribute("http.route", route)
                    .setAttribute("http.response.status_code", status);
            if (status >= 500) {
                span.setStatus(StatusCode.ERROR);
            }
            span.end();
        }
    }

    /**
     * Begins a request.
     *
     * @param parent its {@code traceparent}; anything that is none is taken for none
     */
    public Request request(String method, Optional<String> parent) {
        return new Request(tracer.spanBuilder(method)
                .setSpanKind(SpanKind.SERVER)
                .setParent(context(parent))
                .startSpan());
    }

    @Override
    public void ended(JobReport report) {
        Instant from = report.resumed() ? report.began() : report.created();
        Span job = span("job", context(report.origin().trace()), from);
        job.setAttribute("zoetrope.video.id", report.video())
                .setAttribute("zoetrope.job.outcome", report.outcome().id())
                .setAttribute("zoetrope.job.resumed", report.resumed());
        if (report.outcome() == JobReport.Outcome.FAILED) {
            job.setStatus(StatusCode.ERROR);
        }
        Context inJob = Context.root().with(job);
        if (!report.resumed()) {
            span("queued", inJob, from).end(report.began());
        }
        for (JobReport.StageTime part : report.stages()) {
            span(part.stage().name().toLowerCase(Locale.ROOT), inJob, part.began())
                    .end(part.ended());
        }
        job.end(report.ended());
    }

    private Span span(String name, Context parent, Instant began) {
        return tracer.spanBuilder(name)
                .setParent(parent)
                .setStartTimestamp(began)
                .startSpan();
    }

    private static Context context(Optional<String> parent) {
        return parent.map(text -> W3C.extract(Context.root(), Map.of(PARENT, text), GETTER))
                .orElse(Context.root());
    }
}
