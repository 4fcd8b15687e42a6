package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.zoetrope.ffm.memory.NativeMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {
    private static final EnvironmentOptions QUIET = new EnvironmentOptions(2, false, LogLevel.FATAL);

    private Environment environment;

    @TempDir
    private Path folder;

    @BeforeEach
    @SuppressWarnings("MustBeClosed") // closed after each test
    void open() {
        environment = Environment.open(QUIET);
    }

    @AfterEach
    void close() {
        environment.close();
    }

    @Test
    void describesInputsOutputsAndModel() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity())) {
            assertEquals(
                    List.of(new ValueInfo("x", ElementType.FLOAT32, new long[] {-1, 4}, List.of("rows", ""))),
                    session.inputs());
            assertEquals(
                    List.of(new ValueInfo("y", ElementType.FLOAT32, new long[] {-1, 4}, List.of("rows", ""))),
                    session.outputs());
            assertEquals(
                    new ModelMetadata(
                            "zoetrope-test",
                            "tiny",
                            "dev.zoetrope",
                            "a model for tests",
                            7,
                            Map.of("made", "for a test")),
                    session.metadata());
            assertEquals("FLOAT32 [rows, 4]", session.inputs().getFirst().describe());
        }
    }

    @Test
    void opensAModelFileWithAnUnusualName() throws IOException {
        Path file = folder.resolve("modèle 動画.onnx");
        Files.write(file, TinyModel.identity());
        try (var session = Session.open(environment, SessionOptions.of("file"), file)) {
            assertEquals("x", session.inputs().getFirst().name());
        }
    }

    @Test
    void refusesGarbage() {
        byte[] garbage = "this is no model".getBytes(StandardCharsets.US_ASCII);
        var failure = failure(SessionOptions.of("garbage"), garbage);
        assertEquals("CreateSessionFromArray", failure.call());
        assertEquals("garbage", failure.model());
        assertEquals(ErrorCode.INVALID_PROTOBUF, failure.code());
        assertTrue(failure.getMessage().startsWith("CreateSessionFromArray (model garbage): INVALID_PROTOBUF: "));
        assertTrue(failure.getMessage().endsWith("; the bytes are not an ONNX model, or not all of it"));
    }

    @Test
    void refusesAnEmptyModel() {
        assertEquals("empty", failure(SessionOptions.of("empty"), new byte[0]).model());
    }

    @Test
    void refusesAMissingModelFile() {
        Path missing = folder.resolve("missing.onnx");
        var failure =
                assertThrows(OrtException.class, () -> Session.open(environment, SessionOptions.of("absent"), missing));
        assertEquals(ErrorCode.NO_SUCH_FILE, failure.code());
        assertTrue(failure.getMessage().contains("missing.onnx"), failure.getMessage());
    }

    @Test
    void refusesANewerModelFormatAndSaysWhichItReads() {
        var format = failure(SessionOptions.of("future"), TinyModel.identityOf(99, 20));
        assertTrue(format.getMessage().contains("IR version"), format.getMessage());
        assertNoBuildPath(format);
        var opset = failure(SessionOptions.of("future"), TinyModel.identityOf(10, 99));
        assertTrue(opset.getMessage().contains("opset"), opset.getMessage());
        assertNoBuildPath(opset);
    }

    @Test
    void readsWeightsInPlaceFromTheFolderItIsGiven() throws IOException {
        Path weights = folder.resolve("weights.bin");
        Files.write(weights, TinyModel.floatBytes(99, 10, 20, 30, 40));
        byte[] model = TinyModel.withExternalWeights("weights.bin", 4);
        var options = SessionOptions.of("weights").withExternalDataFolder(folder);
        assertEquals(List.of(11f, 22f, 33f, 44f), addOneToFour(options, model));
    }

    @Test
    void saysWhenWeightsAreMissing() {
        byte[] model = TinyModel.withExternalWeights("nowhere.bin", 0);
        var failure = failure(SessionOptions.of("weights").withExternalDataFolder(folder), model);
        assertTrue(failure.getMessage().contains("nowhere.bin"), failure.getMessage());
        assertTrue(failure.getMessage().contains("withExternalDataFolder"), failure.getMessage());
        assertNoBuildPath(failure);
    }

    @Test
    void saysWhenTheWeightFileIsTooShort() throws IOException {
        Files.write(folder.resolve("short.bin"), TinyModel.floatBytes(1, 2));
        byte[] model = TinyModel.withExternalWeights("short.bin", 0);
        var failure = failure(SessionOptions.of("weights").withExternalDataFolder(folder), model);
        assertTrue(failure.getMessage().contains("External initializer: w"), failure.getMessage());
        assertTrue(failure.getMessage().contains("check that the weight file is whole"), failure.getMessage());
        assertNoBuildPath(failure);
    }

    @Test
    void refusesWeightsBehindASymbolicLinkThatLeavesTheFolder() throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("snapshot"));
        Path blob = Files.createDirectories(folder.resolve("blobs")).resolve("0123");
        Files.write(blob, TinyModel.floatBytes(10, 20, 30, 40));
        Files.createSymbolicLink(snapshot.resolve("weights.bin"), Path.of("../blobs/0123"));

        var narrow = SessionOptions.of("weights").withExternalDataFolder(snapshot);
        var failure = failure(narrow, TinyModel.withExternalWeights("weights.bin", 0));
        assertTrue(
                failure.getMessage().contains("symbolic links that leave the folder are refused"),
                failure.getMessage());

        // The cure: the common parent as the folder, and a location below it.
        var wide = SessionOptions.of("weights").withExternalDataFolder(folder);
        byte[] model = TinyModel.withExternalWeights("snapshot/weights.bin", 0);
        assertEquals(List.of(11f, 22f, 33f, 44f), addOneToFour(wide, model));
    }

    @Test
    void writesTheOptimizedGraph() throws IOException {
        Path optimized = folder.resolve("optimized.onnx");
        var options = SessionOptions.of("add").withOptimizedModelPath(optimized);
        try (var session = Session.open(environment, options, TinyModel.add())) {
            assertEquals(2, session.inputs().size());
        }
        String bytes = Files.readString(optimized, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains("Add"));
        assertFalse(bytes.contains("Memcpy"));
    }

    @Test
    void writesAProfile() throws IOException {
        var options = SessionOptions.of("add").withProfilePrefix(folder.resolve("profile"));
        try (var session = Session.open(environment, options, TinyModel.add())) {
            Path profile = session.endProfiling();
            assertTrue(profile.getFileName().toString().startsWith("profile"), profile.toString());
            assertTrue(Files.readString(profile).contains("session_initialization"));
        }
        try (var session = Session.open(environment, SessionOptions.of("add"), TinyModel.add())) {
            assertThrows(IllegalStateException.class, session::endProfiling);
        }
    }

    @Test
    void tellsWhichProviderRunsEachNode() {
        var options = SessionOptions.of("chain").withNodePlacement();
        try (var session = Session.open(environment, options, TinyModel.matrixChain(3))) {
            List<NodePlacement> placement = session.nodePlacement();
            assertEquals(
                    List.of(
                            "MatMul h1_node on CPUExecutionProvider",
                            "MatMul h2_node on CPUExecutionProvider",
                            "MatMul y_node on CPUExecutionProvider"),
                    placement.stream().map(NodePlacement::toString).sorted().toList());
            assertTrue(placement.stream().allMatch(NodePlacement::isOnCpu));
        }
        try (var session = Session.open(environment, SessionOptions.of("chain"), TinyModel.matrixChain(3))) {
            var failure = assertThrows(IllegalStateException.class, session::nodePlacement);
            assertEquals(
                    "nodePlacement (model chain): expected options that record it, found none; see"
                            + " SessionOptions.withNodePlacement",
                    failure.getMessage());
        }
    }

    @Test
    void saysHowToGetAProviderThatIsNotBuiltIn() {
        assumeFalse(environment.availableProviders().contains("CUDAExecutionProvider"), "needs a library without CUDA");
        var options = SessionOptions.of("add").withProvider(new Provider.Cuda(0, CudaOptions.defaults()));
        var failure = failure(options, TinyModel.add());
        assertEquals("add", failure.model());
        assertTrue(
                failure.getMessage()
                        .endsWith("; use the onnxruntime_gpu jar, or set ZOETROPE_ORT_LIB to a library built with this"
                                + " provider"),
                failure.getMessage());
    }

    @Test
    @SuppressWarnings("MustBeClosed") // closed by hand: that is the test
    void useAfterCloseThrowsAndCloseTwiceIsHarmless() {
        var session = Session.open(environment, SessionOptions.of("add"), TinyModel.add());
        session.close();
        session.close();
        var failure = assertThrows(IllegalStateException.class, session::createBinding);
        assertEquals("Session add: expected open, found closed", failure.getMessage());
    }

    @Test
    void aFailedOpeningLeavesNothingBehind() {
        for (int i = 0; i < 200; i++) {
            failure(SessionOptions.of("garbage"), new byte[] {1, 2, 3});
        }
        environment.close();
        // If a failed session had kept its share, the environment would still be the old one and warn.
        try (var log = new LogCapture();
                var fresh = Environment.open(QUIET.withIntraOpThreads(1))) {
            assertEquals(1, fresh.options().intraOpThreads());
            assertEquals(List.of(), log.lines());
        }
    }

    private OrtException failure(SessionOptions options, byte[] model) {
        return assertThrows(OrtException.class, () -> {
            try (var session = Session.open(environment, options, model)) {
                throw new AssertionError("expected a refusal, found a session of " + session.modelName());
            }
        });
    }

    private static void assertNoBuildPath(OrtException failure) {
        assertFalse(failure.getMessage().matches(".*\\.(cc|h):\\d+.*"), failure.getMessage());
        assertFalse(failure.getMessage().contains("onnxruntime_src"), failure.getMessage());
    }

    private List<Float> addOneToFour(SessionOptions options, byte[] model) {
        try (var session = Session.open(environment, options, model);
                var memory = NativeMemory.open();
                var binding = session.createBinding()) {
            MemorySegment input = memory.floats(4);
            MemorySegment output = memory.floats(4);
            MemorySegment.copy(new float[] {1, 2, 3, 4}, 0, input, ValueLayout.JAVA_FLOAT, 0, 4);
            binding.bindInput("x", Tensor.view(input, ElementType.FLOAT32, 4));
            binding.bindOutput("y", Tensor.view(output, ElementType.FLOAT32, 4));
            binding.run();
            float[] result = output.toArray(ValueLayout.JAVA_FLOAT);
            return List.of(result[0], result[1], result[2], result[3]);
        }
    }
}
