package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.EngineInfo;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.WorkPlan;
import java.time.Duration;
import java.util.Locale;

/** What {@code --plan} prints; {@code docs/cli.md} lists the fields. */
record PlanReport(WorkPlan plan, WorkEstimate estimate, EngineInfo engine) {
    /** A line a question, the answer behind it. */
    String toTable() {
        return String.join(
                System.lineSeparator(),
                line("length", length() + " s, " + plan.frames() + " frames at " + plain(fps()) + " a second"),
                line("size", size() + " px"),
                line("latents", String.valueOf(plan.latents())),
                line("windows", plan.windows() + ", the largest of " + plan.largestWindowTokens() + " tokens"),
                line("work", work()),
                line(
                        "time",
                        "about " + time(estimate.total()) + " on " + engine.provider() + ", an estimate: denoising "
                                + time(estimate.denoise()) + ", decoding " + time(estimate.decode()) + " (from "
                                + estimate.measuredTokens() + " tokens measured just now)"));
    }

    private String work() {
        boolean alike = plan.work() == plan.tokens() * plan.steps() * plan.segments();
        return plan.tokens() + " tokens x " + (alike ? "" : "up to ") + plan.steps() + " steps"
                + (plan.segments() == 1 ? "" : " x 2 for guidance") + " = " + plan.work();
    }

    ObjectNode toJson() {
        ObjectNode report = RenderReport.JSON.createObjectNode();
        report.put("size", size().toString());
        report.put("width", size().widthPx());
        report.put("height", size().heightPx());
        report.put("frames", plan.frames());
        report.put("fps", fps());
        report.put("seconds", plan.frames() / fps());
        report.put("latents", plan.latents());
        report.put("windows", plan.windows());
        report.put("largest_window_tokens", plan.largestWindowTokens());
        report.put("tokens", plan.tokens());
        plan.joins().forEach(report.putArray("joins")::add);
        report.put("segments", plan.segments());
        report.put("steps", plan.steps());
        report.put("work", plan.work());
        ObjectNode times = report.putObject("estimated_seconds");
        times.put("denoise", estimate.denoise().toMillis() / 1000.0);
        times.put("decode", estimate.decode().toMillis() / 1000.0);
        times.put("total", estimate.total().toMillis() / 1000.0);
        report.put("measured_tokens", estimate.measuredTokens());
        report.set("request", RenderReport.parse(plan.request().toJson()));
        report.put("model", engine.model());
        report.put("provider", engine.provider());
        report.put("threads", engine.threads());
        return report;
    }

    private FrameSize size() {
        return plan.request().size().orElseThrow();
    }

    private double fps() {
        return plan.request().fps().orElseThrow();
    }

    private String length() {
        return plain(plan.frames() / fps());
    }

    private static String line(String name, String answer) {
        return "%-8s ".formatted(name) + answer;
    }

    /** Two digits behind the point at most. */
    private static String plain(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
    }

    /** Two units at most: more would claim to know. */
    static String time(Duration time) {
        long seconds = Math.round(time.toMillis() / 1000.0);
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
        }
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
    }
}
