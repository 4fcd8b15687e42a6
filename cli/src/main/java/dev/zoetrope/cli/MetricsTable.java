package dev.zoetrope.cli;

import dev.zoetrope.cli.metrics.CameraReport;
import dev.zoetrope.cli.metrics.ClipReport;
import dev.zoetrope.cli.metrics.DifferenceSeries;
import dev.zoetrope.cli.metrics.Fidelity;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code zoetrope metrics} prints for people: one line a figure, one column a clip. */
final class MetricsTable {
    private MetricsTable() {}

    static void print(PrintWriter out, Map<Path, ClipReport> reports) {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        int column = 0;
        for (Map.Entry<Path, ClipReport> entry : reports.entrySet()) {
            Map<String, String> cells = new LinkedHashMap<>();
            cells.put("clip", String.valueOf(entry.getKey().getFileName()));
            cells.putAll(cells(entry.getValue()));
            for (Map.Entry<String, String> cell : cells.entrySet()) {
                List<String> row = rows.computeIfAbsent(cell.getKey(), _ -> new ArrayList<>());
                while (row.size() < column) {
                    row.add("-");
                }
                row.add(cell.getValue());
            }
            column++;
        }
        print(out, rows, column);
    }

    private static void print(PrintWriter out, Map<String, List<String>> rows, int columns) {
        int nameWidth = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows.values()) {
            for (int column = 0; column < row.size(); column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        rows.forEach((name, row) -> {
            StringBuilder line = new StringBuilder(padded(name, nameWidth));
            for (int column = 0; column < columns; column++) {
                line.append("  ").append(padded(column < row.size() ? row.get(column) : "-", widths[column]));
            }
            out.println(line.toString().stripTrailing());
        });
    }

    private static Map<String, String> cells(ClipReport report) {
        Map<String, String> cells = new LinkedHashMap<>();
        cells.put(
                "frames",
                report.frames() + " of " + report.widthPx() + "x" + report.heightPx() + ", "
                        + number("%.3g", report.framesPerSecond()) + " a second");
        report.changes().ifPresent(changes -> putChanges(cells, changes));
        report.seams().ifPresent(seams -> putSeams(cells, seams));
        cells.put(
                "colour drift",
                number("%.2f Lab", report.colour().last())
                        + number(", largest %.2f", report.colour().largest()));
        cells.put(
                "deviation drift",
                number("%.2f Lab", report.colour().lastDeviation())
                        + number(", largest %.2f", report.colour().largestDeviation()));
        putCamera(cells, report.camera());
        report.pictures().forEach((frame, fidelity) -> cells.put("picture " + frame, decibels(fidelity.psnrDb())));
        report.against().ifPresent(fidelity -> cells.put("against", describe(fidelity)));
        report.region().ifPresent(region -> {
            cells.put(
                    "boundary ratio",
                    number("%.2f", region.seamRatio()) + number(", worst %.2f", region.worstSeamRatio()) + " at frame "
                            + region.worstFrame());
            region.kept()
                    .ifPresent(kept -> cells.put(
                            "kept part", describe(kept) + ", largest difference " + kept.largestLevels() + " levels"));
        });
        return cells;
    }

    private static void putChanges(Map<String, String> cells, ClipReport.Changes changes) {
        cells.put(
                "flicker score",
                number("%.4f", changes.flicker().score())
                        + number(
                                ", mean difference %.2f levels",
                                changes.flicker().meanLevels()));
        cells.put(
                "motion",
                number("%.0f %% of pairs", 100 * changes.motion().movingShare())
                        + (changes.motion().still() ? ", still" : ""));
        DifferenceSeries.Jumps jumps = changes.jumps();
        cells.put(
                "largest jump",
                number("%.2f x median", jumps.largestRatio()) + " at frame " + jumps.largestAtFrame() + ", "
                        + jumps.jumpFrames().size() + " above " + DifferenceSeries.JUMP_RATIO);
        cells.put("loop closure", number("%.2f x median", changes.closure().ratio()));
    }

    private static void putSeams(Map<String, String> cells, DifferenceSeries.Seams seams) {
        for (DifferenceSeries.Seam seam : seams.joins()) {
            cells.put("seam ratio at " + seam.frame(), number("%.2f", seam.ratio()));
        }
        cells.put(
                "seam ratio",
                number("%.2f median", seams.medianRatio()) + number(", largest %.2f", seams.largestRatio()));
    }

    private static void putCamera(Map<String, String> cells, CameraReport camera) {
        cells.put(
                "camera",
                camera.words().stream().map(CameraReport.Word::toString).collect(Collectors.joining(", ")));
        cells.put(
                "camera motion",
                number("pan %+.1f px/s", camera.panPxPerSecond())
                        + number(", tilt %+.1f px/s", camera.tiltPxPerSecond())
                        + number(", zoom %.3f /s", camera.zoomPerSecond())
                        + number(" (%.0f %% measured)", 100 * camera.measuredShare()));
    }

    private static String describe(Fidelity fidelity) {
        return decibels(fidelity.psnrDb()) + ", worst " + decibels(fidelity.worstDb()) + " at frame "
                + fidelity.worstFrame() + " of " + fidelity.frames() + " compared";
    }

    private static String decibels(double db) {
        return Double.isInfinite(db) ? "identical" : number("%.2f dB", db);
    }

    private static String number(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
