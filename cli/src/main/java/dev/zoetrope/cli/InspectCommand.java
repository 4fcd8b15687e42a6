package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.ModelPlan;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.encode.ClipInfo;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.model.ModelDescription;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope inspect}: what made a clip, or what is in a model folder. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Says what made a clip, or what a model folder holds.",
        footer = {
            "",
            "Examples:",
            "  zoetrope inspect ball.mp4",
            "  zoetrope inspect /models/flipbook --json",
            "  zoetrope inspect            # the shipped model",
            "  zoetrope inspect /models/wan --plan --size 832x480 --frames 81 --memory 8g"
        })
final class InspectCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "PATH",
            description = "A clip or a model folder; the shipped model if not given.")
    private @Nullable Path path;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--plan",
            description =
                    "Say what a render would take of the model, stage by stage, without loading it; the options of"
                            + " render say what render.")
    private boolean planOnly;

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @Mixin
    private PlacedOptions placedOptions = new PlacedOptions();

    @Mixin
    private MemoryOption memory = new MemoryOption();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (planOnly) {
            ModelPlanReport report = new ModelPlanReport(plan());
            out.println(json ? report.toJson().toString() : report.toTable());
            out.flush();
            return ExitStatus.OK;
        }
        if (!requestOptions.isEmpty() || !placedOptions.isEmpty()) {
            throw new RequestException("inspect: expected options of a render with --plan only, found some without it");
        }
        ObjectNode report = describe();
        if (json) {
            out.println(report);
        } else {
            print(out, report, "");
        }
        out.flush();
        return ExitStatus.OK;
    }

    private ModelPlan plan() {
        EngineOptions options = memory.applyTo(EngineOptions.defaults());
        Inputs inputs =
                new CommandLineInputs(new InputFiles(new MeasuredFiles()), InputStream.nullInputStream(), Path.of(""));
        RenderRequest request = requestOptions.applyTo(RenderRequest.of("any prompt"));
        return Diagnostics.plan(
                path == null ? options : options.withModelFolder(path), placedOptions.applyTo(request, inputs));
    }

    private ObjectNode describe() {
        if (path == null || Files.isDirectory(path)) {
            return describe(Diagnostics.model(Optional.ofNullable(path)));
        }
        if (!Files.exists(path)) {
            throw new RequestException("inspect: expected a clip or a model folder, found nothing at " + path);
        }
        return describeClip(path);
    }

    private static ObjectNode describe(ModelDescription model) {
        ObjectNode report = RenderReport.JSON.createObjectNode();
        report.put("kind", "model");
        report.put("folder", model.folder().toString());
        report.put("pipeline", model.pipelineClass());
        report.put("fingerprint", model.fingerprint());
        report.put("bytes", model.totalBytes());
        ObjectNode components = report.putObject("components");
        for (ModelDescription.Component component : model.components()) {
            ObjectNode node = components.putObject(component.name());
            node.put("class", component.className());
            node.put("bytes", component.bytes());
            node.put("parameters", component.parameters());
            ObjectNode types = node.putObject("parameters_by_type");
            new TreeMap<>(component.parametersByType()).forEach(types::put);
            node.set("config", RenderReport.parse(component.config()));
        }
        if (!model.others().isEmpty()) {
            model.others().forEach(report.putArray("other_folders")::add);
        }
        return report;
    }

    private static ObjectNode describeClip(Path clip) {
        ClipInfo info = readInfo(clip);
        ObjectNode report = RenderReport.JSON.createObjectNode();
        report.put("kind", "clip");
        report.put("file", clip.toString());
        report.put("size", info.widthPx() + "x" + info.heightPx());
        report.put("frames", info.frames());
        report.put("fps", info.rate().toString());
        report.put("seconds", info.seconds());
        report.put("container", info.container());
        report.put("codec", info.codec());
        report.put("pixel_format", info.pixelFormat());
        ClipRecord.read(clip)
                .ifPresentOrElse(
                        record -> report.set("made_by", RenderReport.parse(record.toJson())),
                        () -> report.putNull("made_by"));
        return report;
    }

    private static ClipInfo readInfo(Path clip) {
        try (ClipReader reader = ClipReader.open(clip)) {
            return reader.info();
        }
    }

    /** One line a field; objects are indented below their names. */
    private static void print(PrintWriter out, ObjectNode node, String indent) {
        node.properties().forEach(field -> {
            if (field.getValue() instanceof ObjectNode inner) {
                out.println(indent + field.getKey() + ":");
                print(out, inner, indent + "  ");
            } else {
                String value = field.getValue().asText();
                out.println(indent + field.getKey() + ": " + (value.isEmpty() ? field.getValue() : value));
            }
        });
    }
}
