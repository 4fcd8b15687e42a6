package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.cli.doctor.Examination;
import dev.zoetrope.cli.doctor.Finding;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code zoetrope doctor}: what this machine has and lacks. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Looks at Java, libraries, GPU, video formats, model and disk, and says what helps.",
        footer = {
            "",
            "Examples:",
            "  zoetrope doctor",
            "  zoetrope doctor --gpu",
            "  zoetrope doctor --model /models/flipbook --provider cuda --json",
            "",
            "Exit status: 0 if a render will work (with --gpu: on a GPU), 1 if not."
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Option(
            names = "--gpu",
            description =
                    "Look at the GPU alone: driver, CUDA libraries and where they are; then try a matrix product, an"
                            + " attention and a convolution, and compare them with the CPU's.")
    private boolean gpu;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Examination examination = new Examination(engineSelection.toOptions(), finding -> {
            if (!json) {
                print(out, finding);
            }
        });
        List<Finding> findings = gpu ? examination.runGpu() : examination.run();
        boolean healthy = findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAIL);
        if (json) {
            out.println(asJson(findings, healthy));
        }
        out.flush();
        return healthy ? ExitStatus.OK : ExitStatus.FAILURE;
    }

    private static void print(PrintWriter out, Finding finding) {
        out.printf("%-4s  %-11s  %s%n", finding.level().label(), finding.name(), finding.found());
        if (!finding.cure().isEmpty()) {
            out.printf("                   -> %s%n", finding.cure());
        }
        out.flush();
    }

    private static String asJson(List<Finding> findings, boolean healthy) {
        ObjectNode report = RenderReport.JSON.createObjectNode().put("healthy", healthy);
        ArrayNode list = report.putArray("findings");
        for (Finding finding : findings) {
            list.addObject()
                    .put("name", finding.name())
                    .put("level", finding.level().label())
                    .put("found", finding.found())
                    .put("cure", finding.cure());
        }
        return report.toString();
    }
}
