package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.model.wan.WanQuantizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope quantize}: a Wan folder with smaller weights. */
@Command(
        name = "quantize",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = {
            "Writes a Wan folder again with the matrices of its transformers and its text encoder in 4 or 8 bits.",
            "The result is a model folder like any other. What rounding changed is reported for each component,",
            "as a share of its matrices (root mean square)."
        },
        footer = {"", "Examples:", "  zoetrope quantize /models/wan2.1-t2v-1.3b /models/wan2.1-t2v-1.3b-int8 --bits 8"})
final class QuantizeCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "Wan folder in diffusers layout.")
    private @Nullable Path folder;

    @Parameters(index = "1", paramLabel = "TARGET", description = "Folder to write; it must not exist.")
    private @Nullable Path target;

    @Option(names = "--bits", paramLabel = "N", required = true, description = "4 or 8 bits a weight.")
    private int bits;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<WanQuantizer.Component> components =
                Diagnostics.quantize(Objects.requireNonNull(folder), Objects.requireNonNull(target), bits);
        if (json) {
            ObjectNode report = RenderReport.JSON.createObjectNode();
            for (WanQuantizer.Component component : components) {
                report.putObject(component.name())
                        .put("matrices", component.matrices())
                        .put("bytes_before", component.bytesBefore())
                        .put("bytes_after", component.bytesAfter())
                        .put("relative_error", component.relativeError());
            }
            out.println(report);
        } else {
            for (WanQuantizer.Component component : components) {
                out.println(String.format(
                        Locale.ROOT,
                        "%s: %d matrices, %.1f to %.1f MB, %.2f %% of them changed",
                        component.name(),
                        component.matrices(),
                        component.bytesBefore() / 1e6,
                        component.bytesAfter() / 1e6,
                        100 * component.relativeError()));
            }
        }
        out.flush();
        return ExitStatus.OK;
    }
}
