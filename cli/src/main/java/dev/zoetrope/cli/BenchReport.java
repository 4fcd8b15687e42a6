package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.ClipShape;
import dev.zoetrope.runtime.StepMeasurement;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What {@code bench} prints; {@code docs/cli.md} says what the columns and fields are.
 *
 * @param peak operations a second that the device can do
 */
record BenchReport(String model, String libraryVersion, String provider, int threads, OptionalDouble peak) {
    /**
     * One shape.
     *
     * @param soloNanos the same clips one after another; empty for a single one
     * @param decodeNanos of the first clip, each time
     * @param residentBytes most memory of the process so far
     * @param deviceBytes memory of the GPU in use after the steps, by this and other programs
     */
    record Row(
            StepMeasurement steps,
            OptionalLong soloNanos,
            List<Long> decodeNanos,
            OptionalLong residentBytes,
            OptionalLong deviceBytes) {
        Row {
            decodeNanos = List.copyOf(decodeNanos);
        }

        /** How much faster packed is than one after another. */
        OptionalDouble packedGain() {
            return soloNanos.isPresent()
                    ? OptionalDouble.of((double) soloNanos.getAsLong() / steps.medianStepNanos())
                    : OptionalDouble.empty();
        }
    }

    String head() {
        return model + " on " + provider + ", onnxruntime " + libraryVersion + ", " + threads + " threads"
                + System.lineSeparator()
                + row(
                        "shape",
                        "tokens",
                        "step ms",
                        "least ms",
                        "TFLOP",
                        "TFLOP/s",
                        "share",
                        "loop ms",
                        "binding ms",
                        "packed",
                        "decode s",
                        "process",
                        "GPU");
    }

    String line(Row row) {
        StepMeasurement steps = row.steps();
        return row(
                ClipShape.format(steps.clips()),
                steps.latentTokens(),
                milliseconds(steps.medianStepNanos()),
                milliseconds(steps.leastStepNanos()),
                number("%.3f", steps.operations() / 1e12),
                number("%.3f", steps.operationsPerSecond() / 1e12),
                peak.isPresent() ? number("%.1f %%", 100 * steps.operationsPerSecond() / peak.getAsDouble()) : "-",
                number("%.3f", steps.medianLoopNanos() / 1e6),
                number("%.3f", steps.medianBindingNanos() / 1e6),
                row.packedGain().isPresent() ? number("%.2fx", row.packedGain().getAsDouble()) : "-",
                row.decodeNanos().isEmpty() ? "-" : number("%.3f", least(row.decodeNanos()) / 1e9),
                mebibytes(row.residentBytes()),
                mebibytes(row.deviceBytes()));
    }

    ObjectNode toJson(List<Row> rows) {
        ObjectNode report = RenderReport.JSON.createObjectNode();
        report.put("model", model);
        report.put("provider", provider);
        report.put("library", "onnxruntime " + libraryVersion);
        report.put("threads", threads);
        peak.ifPresent(value -> report.put("peak_flops", value));
        ArrayNode list = report.putArray("shapes");
        for (Row row : rows) {
            StepMeasurement steps = row.steps();
            ObjectNode node = list.addObject();
            node.put("shape", ClipShape.format(steps.clips()));
            node.put("latent_tokens", steps.latentTokens());
            node.put("text_tokens", steps.textTokens());
            node.put("flop", steps.operations());
            node.put("median_step_ms", steps.medianStepNanos() / 1e6);
            node.put("least_step_ms", steps.leastStepNanos() / 1e6);
            node.put("flops", steps.operationsPerSecond());
            peak.ifPresent(value -> node.put("peak_share", steps.operationsPerSecond() / value));
            node.put("median_loop_ms", steps.medianLoopNanos() / 1e6);
            node.put("median_binding_ms", steps.medianBindingNanos() / 1e6);
            node.put("pack_ms", steps.packNanos() / 1e6);
            node.put("bytes_copied", steps.bytesCopied());
            put(node.putArray("step_ms"), steps.stepNanos());
            put(node.putArray("loop_ms"), steps.loopNanos());
            put(node.putArray("binding_ms"), steps.bindingNanos());
            row.soloNanos().ifPresent(nanos -> node.put("one_after_another_ms", nanos / 1e6));
            row.packedGain().ifPresent(gain -> node.put("packed_gain", gain));
            put(node.putArray("decode_ms"), row.decodeNanos());
            row.residentBytes().ifPresent(bytes -> node.put("process_bytes", bytes));
            row.deviceBytes().ifPresent(bytes -> node.put("gpu_bytes", bytes));
        }
        return report;
    }

    private static void put(ArrayNode array, List<Long> nanos) {
        nanos.forEach(value -> array.add(value / 1e6));
    }

    private static long least(List<Long> nanos) {
        return nanos.stream().mapToLong(Long::longValue).min().orElseThrow();
    }

    private static String milliseconds(long nanos) {
        return number("%.2f", nanos / 1e6);
    }

    private static String mebibytes(OptionalLong bytes) {
        return bytes.isPresent() ? Math.ceilDiv(bytes.getAsLong(), 1L << 20) + " MiB" : "-";
    }

    private static String number(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "%-20s %8s %12s %12s %9s %10s %7s %9s %10s %8s %10s %10s %10s", cells)
                .stripTrailing();
    }
}
