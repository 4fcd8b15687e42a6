package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.cli.metrics.CameraReport;
import dev.zoetrope.cli.metrics.ClipReport;
import dev.zoetrope.cli.metrics.ColourDrift;
import dev.zoetrope.cli.metrics.DifferenceSeries;
import dev.zoetrope.cli.metrics.Fidelity;
import java.nio.file.Path;

/** What {@code zoetrope metrics --json} prints of a clip; {@code docs/metrics.md} lists the fields. */
final class MetricsJson {
    private MetricsJson() {}

    static ObjectNode of(Path clip, ClipReport report) {
        ObjectNode node = RenderReport.JSON.createObjectNode();
        node.put("clip", clip.toString());
        node.put("width", report.widthPx());
        node.put("height", report.heightPx());
        node.put("frames", report.frames());
        node.put("fps", report.framesPerSecond());
        report.changes().ifPresent(changes -> putChanges(node, changes));
        report.seams().ifPresent(seams -> putSeams(node.putObject("seams"), seams));
        putColour(node.putObject("colour_drift"), report.colour());
        putCamera(node.putObject("camera"), report.camera());
        if (!report.pictures().isEmpty()) {
            var pictures = node.putArray("pictures");
            report.pictures()
                    .forEach((frame, fidelity) ->
                            putFidelity(pictures.addObject().put("frame", frame), fidelity));
        }
        report.against().ifPresent(fidelity -> putFidelity(node.putObject("against"), fidelity));
        report.region().ifPresent(region -> {
            ObjectNode object = node.putObject("region");
            object.put("seam_ratio", region.seamRatio());
            object.put("worst_seam_ratio", region.worstSeamRatio());
            object.put("worst_frame", region.worstFrame());
            region.kept().ifPresent(kept -> putFidelity(object.putObject("kept"), kept));
        });
        return node;
    }

    private static void putChanges(ObjectNode node, ClipReport.Changes changes) {
        node.putObject("flicker")
                .put("score", changes.flicker().score())
                .put("mean_difference", changes.flicker().meanLevels());
        node.putObject("motion")
                .put("moving_share", changes.motion().movingShare())
                .put("still", changes.motion().still());
        ObjectNode jumps = node.putObject("jumps");
        jumps.put("median_difference", changes.jumps().medianLevels());
        jumps.put("largest_ratio", changes.jumps().largestRatio());
        jumps.put("largest_at", changes.jumps().largestAtFrame());
        changes.jumps().jumpFrames().forEach(jumps.putArray("frames")::add);
        node.putObject("loop")
                .put("difference", changes.closure().levels())
                .put("closure", changes.closure().ratio());
    }

    private static void putSeams(ObjectNode node, DifferenceSeries.Seams seams) {
        node.put("median_ratio", seams.medianRatio());
        node.put("largest_ratio", seams.largestRatio());
        var joins = node.putArray("joins");
        for (DifferenceSeries.Seam seam : seams.joins()) {
            joins.addObject()
                    .put("frame", seam.frame())
                    .put("difference", seam.levels())
                    .put("inside", seam.insideLevels())
                    .put("ratio", seam.ratio());
        }
    }

    private static void putColour(ObjectNode node, ColourDrift.Report colour) {
        node.put("last", colour.last());
        node.put("largest", colour.largest());
        node.put("last_deviation", colour.lastDeviation());
        node.put("largest_deviation", colour.largestDeviation());
        var seconds = node.putArray("seconds");
        for (ColourDrift.Second second : colour.seconds()) {
            ObjectNode object = seconds.addObject();
            putLab(object, "mean", second.mean());
            putLab(object, "deviation", second.deviation());
            object.put("mean_distance", second.meanDistance());
            object.put("deviation_distance", second.deviationDistance());
        }
    }

    private static void putLab(ObjectNode node, String name, ColourDrift.Lab lab) {
        node.putArray(name).add(lab.lightness()).add(lab.greenRed()).add(lab.blueYellow());
    }

    private static void putCamera(ObjectNode node, CameraReport camera) {
        var words = node.putArray("words");
        camera.words().forEach(word -> words.add(word.toString()));
        node.put("pan", camera.panPxPerSecond());
        node.put("tilt", camera.tiltPxPerSecond());
        node.put("zoom", camera.zoomPerSecond());
        node.put("measured_share", camera.measuredShare());
    }

    private static void putFidelity(ObjectNode node, Fidelity fidelity) {
        node.put("frames", fidelity.frames());
        node.put("identical", fidelity.identical());
        putDecibels(node, "psnr", fidelity.psnrDb());
        putDecibels(node, "worst_psnr", fidelity.worstDb());
        node.put("worst_frame", fidelity.worstFrame());
        node.put("largest_difference", fidelity.largestLevels());
    }

    /** JSON has no infinity: null where all is equal. */
    private static void putDecibels(ObjectNode node, String name, double db) {
        if (Double.isInfinite(db)) {
            node.putNull(name);
        } else {
            node.put(name, db);
        }
    }
}
