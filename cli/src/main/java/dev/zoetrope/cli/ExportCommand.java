package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.Diagnostics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope export}: the graphs of a model as files. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Writes a model's graphs as .onnx files, which any ONNX tool opens.",
        footer = {"", "Examples:", "  zoetrope export graphs", "  zoetrope export graphs --model /models/flipbook"})
final class ExportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Folder for the files; it is made if it is missing.")
    private @Nullable Path folder;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "DIR",
            description = "Model folder in diffusers layout; the shipped model flipbook if not given.")
    private @Nullable Path model;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<Path> files = Diagnostics.export(Optional.ofNullable(model), Objects.requireNonNull(folder));
        if (json) {
            ObjectNode report = RenderReport.JSON.createObjectNode();
            files.forEach(file -> report.withArray("files").add(file.toString()));
            out.println(report);
        } else {
            files.forEach(out::println);
        }
        out.flush();
        return ExitStatus.OK;
    }
}
