package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.MemoryPlan;
import dev.zoetrope.runtime.ModelPlan;
import java.util.Locale;
import java.util.StringJoiner;

/** What {@code inspect --plan} prints; {@code docs/cli.md} lists the fields. */
record ModelPlanReport(ModelPlan plan) {
    /** A line a stage, then what the request comes to. */
    String toTable() {
        StringJoiner lines = new StringJoiner(System.lineSeparator());
        lines.add(row("stage", "component", "parameters", "file", "loaded", "working", "process"));
        for (MemoryPlan.Stage stage : plan.memory().stages()) {
            lines.add(row(
                    name(stage),
                    stage.part(),
                    String.format(Locale.ROOT, "%,d", stage.parameters()),
                    mebibytes(stage.fileBytes()),
                    mebibytes(stage.loadedBytes()),
                    mebibytes(stage.workingBytes()),
                    mebibytes(stage.totalBytes())));
        }
        MemoryPlan.Stage largest = plan.memory().largest();
        lines.add("memory   at least --memory " + atLeast() + ", for " + largest.part() + limit());
        lines.add("tokens   " + plan.work().largestWindowTokens() + " in the largest window, "
                + plan.work().tokens()
                + " in all of them, up to " + plan.work().steps() + " steps"
                + (plan.work().segments() == 1 ? "" : ", two answers a step for guidance"));
        lines.add("time     about " + PlanReport.time(plan.denoise())
                + " to denoise, by how fast this CPU multiplies matrices just now; decoding and loading are not in it");
        return lines.toString();
    }

    private String atLeast() {
        return Math.ceilDiv(plan.memory().largest().totalBytes(), 1L << 20) + "m";
    }

    private String limit() {
        if (plan.memory().limit().isEmpty()) {
            return "";
        }
        return "; " + (fits() ? "fits" : "does not fit") + " in "
                + mebibytes(plan.memory().limit().getAsLong());
    }

    private boolean fits() {
        return plan.memory().limit().isEmpty()
                || plan.memory().largest().totalBytes() <= plan.memory().limit().getAsLong();
    }

    ObjectNode toJson() {
        ObjectNode report = RenderReport.JSON.createObjectNode();
        report.put("kind", "plan");
        report.put("model", plan.name());
        ArrayNode stages = report.putArray("stages");
        for (MemoryPlan.Stage stage : plan.memory().stages()) {
            ObjectNode node = stages.addObject();
            node.put("stage", name(stage));
            node.put("component", stage.part());
            node.put("parameters", stage.parameters());
            node.put("file_bytes", stage.fileBytes());
            node.put("loaded_bytes", stage.loadedBytes());
            node.put("working_bytes", stage.workingBytes());
            node.put("process_bytes", stage.totalBytes());
        }
        report.put("least_memory", atLeast());
        report.put("fits", fits());
        report.put("largest_window_tokens", plan.work().largestWindowTokens());
        report.put("tokens", plan.work().tokens());
        report.put("segments", plan.work().segments());
        report.put("steps", plan.work().steps());
        report.put("estimated_denoise_seconds", plan.denoise().toMillis() / 1000.0);
        report.set("request", RenderReport.parse(plan.work().request().toJson()));
        return report;
    }

    private static String name(MemoryPlan.Stage stage) {
        return stage.use().name().toLowerCase(Locale.ROOT);
    }

    private static String mebibytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + " MiB";
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "%-8s %-14s %16s %12s %12s %12s %12s", cells);
    }
}
