package dev.zoetrope.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.ort.CudaOptions;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.NodePlacement;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.LatentForm;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every node of the graphs that the loop and the decoder run is the CUDA provider's: none falls back to the CPU. On the stand-in the CPU
 * has them all, which shows that nodes are counted.
 */
@Tag("gpu")
class DevicePlacementTest {
    @BeforeAll
    static void requireDevice() {
        TestedDevice.require();
    }

    static Stream<Arguments> graphs() {
        List<Arguments> graphs = new ArrayList<>();
        for (Path folder : TestedDevice.models()) {
            boolean isWan = ModelFolder.open(folder).pipelineClass().startsWith("Wan");
            for (NetworkForm form : forms()) {
                OnnxModel transformer = isWan
                        ? WanTransformer.denoiser(folder.resolve("transformer"), form)
                        : FlipbookTransformer.build(folder.resolve("transformer"), form);
                String name = folder.getFileName() + " " + form.attention() + " " + form.computeType();
                graphs.add(Arguments.of(name, transformer));
            }
            for (ElementType type : types()) {
                for (OnnxModel decoder : decoders(folder.resolve("vae"), isWan, type)) {
                    graphs.add(Arguments.of(folder.getFileName() + " " + decoder.name() + " " + type, decoder));
                }
            }
        }
        return graphs.stream();
    }

    private static List<NetworkForm> forms() {
        if (!TestedDevice.isCuda()) {
            return List.of(NetworkForm.cpu(4));
        }
        List<NetworkForm> forms = new ArrayList<>(List.of(NetworkForm.varlen()));
        types().forEach(type -> forms.add(NetworkForm.dense(type)));
        return forms;
    }

    private static List<ElementType> types() {
        return TestedDevice.isCuda()
                ? List.of(ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16)
                : List.of(ElementType.FLOAT);
    }

    private static List<OnnxModel> decoders(Path folder, boolean isWan, ElementType type) {
        return isWan
                ? Stream.of(Chunk.values())
                        .map(chunk -> WanAutoencoder.decoder(folder, chunk, LatentForm.TOKENS, FrameForm.RGB8, type))
                        .toList()
                : List.of(FlipbookCodec.decoder(folder, FrameForm.RGB8, type));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("graphs")
    void noNodeFallsBackToTheCpu(String name, OnnxModel graph) {
        SessionOptions options = SessionOptions.of(graph.name())
                .withMemoryPattern(false)
                .withExternalDataFolder(graph.weightFolder())
                .withNodePlacement();
        Provider provider = TestedDevice.isCuda() ? new Provider.Cuda(0, CudaOptions.defaults()) : new Provider.Cpu();
        try (Environment environment = Environment.open(new EnvironmentOptions(1, false, LogLevel.ERROR));
                Session session = Session.open(environment, options.withProvider(provider), graph.bytes())) {
            List<NodePlacement> nodes = session.nodePlacement();
            List<NodePlacement> onCpu =
                    nodes.stream().filter(NodePlacement::isOnCpu).toList();
            assertFalse(nodes.isEmpty(), "nodes are counted");
            if (TestedDevice.isCuda()) {
                assertTrue(
                        onCpu.isEmpty(),
                        () -> name + ": expected every node on CUDA, found " + onCpu.size() + " of " + nodes.size()
                                + " on the CPU: "
                                + onCpu.stream().map(NodePlacement::toString).collect(Collectors.joining(", ")));
            } else {
                assertEquals(nodes, onCpu);
            }
        }
    }
}
