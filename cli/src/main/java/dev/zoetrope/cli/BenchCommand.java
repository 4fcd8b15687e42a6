package dev.zoetrope.cli;

import dev.zoetrope.runtime.ClipShape;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.ProviderChoice;
import dev.zoetrope.runtime.StepBenchmark;
import dev.zoetrope.runtime.StepMeasurement;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.model.NativeReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope bench}: how long a model's steps and its decoder take here. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description =
                "Times a model's denoising steps and its decoder, without text encoder, guidance and video encoder.",
        footer = {
            "",
            "Examples:",
            "  zoetrope bench                               # the shipped model, a clip of its usual size",
            "  zoetrope bench 128x96x33 4x64x64x17          # one clip, and four small ones packed",
            "  zoetrope bench --model /models/wan --gpu --peak 989 832x480x81 --json"
        })
final class BenchCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "SHAPE",
            description =
                    "WIDTHxHEIGHTxFRAMES of a clip; 4x256x256x17 packs four in one sequence, + joins different ones."
                            + " The model's usual clip if none is given.")
    private List<String> shapes = List.of();

    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Option(names = "--gpu", description = "The same as --provider cuda.")
    private boolean gpu;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "5", description = "Steps that count, 5 if not given.")
    private int runs;

    @Option(
            names = "--warm",
            paramLabel = "N",
            defaultValue = "2",
            description = "Steps before those that count, 2 if not given; the first also opens the model.")
    private int warm;

    @Option(
            names = "--text-tokens",
            paramLabel = "N",
            description = "Text tokens of each clip; the most that the model reads if not given.")
    private @Nullable Integer textTokens;

    @Option(
            names = "--peak",
            paramLabel = "TFLOPS",
            description =
                    "What the device can do, in 10^12 operations a second, to say what share of it a step reaches;"
                            + " an H100 SXM in half precision: 989.")
    private @Nullable Double peak;

    @Option(
            names = "--decodes",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Times that each clip is decoded after one that does not count; 0 leaves it out. 1 if not given.")
    private int decodes;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        check("--runs", runs, 1);
        check("--warm", warm, 1);
        check("--decodes", decodes, 0);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<List<ClipShape>> asked = shapes.stream().map(ClipShape::parse).toList();
        EngineOptions options = engineSelection.toOptions();
        if (gpu) {
            options = options.withProvider(ProviderChoice.CUDA);
        }
        boolean cuda = options.provider() == ProviderChoice.CUDA;
        try (StepBenchmark bench = StepBenchmark.open(options)) {
            int tokens = textTokens == null ? bench.maxTextTokens() : textTokens;
            if (tokens < 1 || tokens > bench.maxTextTokens()) {
                throw new RequestException(
                        "--text-tokens: expected 1 to " + bench.maxTextTokens() + ", found " + tokens);
            }
            BenchReport report = new BenchReport(
                    bench.modelName(),
                    bench.libraryVersion(),
                    cuda ? "cuda" : "cpu",
                    bench.threads(),
                    peak == null ? OptionalDouble.empty() : OptionalDouble.of(peak * 1e12));
            if (!json) {
                out.println(report.head());
                out.flush();
            }
            Map<ClipShape, StepMeasurement> alone = new HashMap<>();
            List<BenchReport.Row> rows = new ArrayList<>();
            for (List<ClipShape> clips : asked.isEmpty() ? List.of(List.of(bench.defaultShape())) : asked) {
                rows.add(row(bench, clips, tokens, alone));
                if (!json) {
                    out.println(report.line(rows.getLast()));
                    out.flush();
                }
            }
            if (json) {
                out.println(report.toJson(rows));
                out.flush();
            }
        }
        return ExitStatus.OK;
    }

    /** Of clips packed, each is measured alone too; decoded is the first. */
    private BenchReport.Row row(
            StepBenchmark bench, List<ClipShape> clips, int tokens, Map<ClipShape, StepMeasurement> alone) {
        OptionalLong soloNanos = OptionalLong.empty();
        if (clips.size() > 1) {
            clips.forEach(clip -> alone.computeIfAbsent(clip, one -> bench.steps(List.of(one), tokens, warm, runs)));
            soloNanos = OptionalLong.of(clips.stream()
                    .mapToLong(clip -> Objects.requireNonNull(alone.get(clip)).medianStepNanos())
                    .sum());
        }
        StepMeasurement measured = bench.steps(clips, tokens, warm, runs);
        if (clips.size() == 1) {
            alone.put(clips.getFirst(), measured);
        }
        OptionalLong deviceBytes = Diagnostics.gpuMemory()
                .map(NativeReport.GpuMemory::usedBytes)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
        List<Long> decodeNanos = decodes == 0
                ? List.of()
                : bench.decode(clips.getFirst(), 1 + decodes).subList(1, 1 + decodes);
        return new BenchReport.Row(measured, soloNanos, decodeNanos, residentBytes(), deviceBytes);
    }

    private static void check(String option, int value, int least) {
        if (value < least || value > 10_000) {
            throw new RequestException(option + ": expected " + least + " to 10000, found " + value);
        }
    }

    /** Most memory of this process so far, where the system says it as Linux does. */
    private static OptionalLong residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
