package dev.zoetrope.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests, files and models that cannot be rendered: refused in one line, with nothing under the asked name. */
class BadInputTest {
    private static final String MODEL = TinyModel.folder().toString();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--size 0x64|width: expected 1 to 4096 px, found 0 (nearest that works: 1)",
                "--size 64x-7|height: expected 1 to 4096 px, found -7 (nearest that works: 1)",
                "--size 100000x100000|width: expected 1 to 4096 px, found 100000 (nearest that works: 4096)",
                "--size 4096x4096 --frames 1000|latent tokens",
                "--size 63x64|expected an even width and height, found 63x64 (nearest that works: 62x64",
                "--size 64x1|expected an even width and height, found 64x1 (nearest that works: 64x2",
                "--steps 0|steps: expected 1 to 1000, found 0 (nearest that works: 1)",
                "--frames -1|frames: expected 1 to 100000, found -1 (nearest that works: 1)",
                "--seconds 1000000|expected",
                "--fps 0|frame rate: expected",
                "--sampler eular|sampler: expected one of flow-euler, ddim, ddpm, dpm++2m, unipc, found 'eular'; did you mean"
                        + " flow-euler?",
            })
    void aRequestThatCannotBeRendered(String options, String message) throws IOException {
        Result result = render("a ball", options.split(" "));

        assertRefused(result, 2, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "\n\t"})
    void anEmptyPrompt(String prompt) throws IOException {
        assertRefused(render(prompt), 2, "prompt: expected text, found nothing");
    }

    @Test
    void aFolderThatDoesNotExist() throws IOException {
        Result result = renderTo(folder.resolve("none").resolve("clip.mp4"));

        assertRefused(result, 1, "output: expected a folder that exists, found none at");
        assertTrue(result.err().contains("(mkdir -p "), result.err());
    }

    @Test
    void aFolderInsteadOfAFile() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("clip.mp4"));

        assertRefused(renderTo(taken), 1, "output: expected a file name, found the folder");
        assertEquals(List.of(), filesIn(taken));
    }

    /** Even the superuser, as whom tests may run, cannot make files here. */
    @Test
    void aFolderThatCannotBeWritten() throws IOException {
        assertRefused(
                renderTo(Path.of("/proc/clip.mp4")),
                1,
                "output: expected a folder that can be written to, found /proc");
    }

    @Test
    void aFileThatIsThereStays() throws IOException {
        Path clip = Files.writeString(folder.resolve("clip.mp4"), "precious");
        Result result = renderTo(clip);

        assertEquals(1, result.status());
        assertTrue(result.err().contains("output: expected no file of that name, found"), result.err());
        assertEquals("precious", Files.readString(clip));

        Result forced = render("a ball", "--force");
        assertEquals(0, forced.status(), forced.err());
        assertTrue(Files.size(clip) > 100, "replaced");
    }

    @Test
    void aNameThatIsTooLong() throws IOException {
        assertRefused(
                renderTo(folder.resolve("x".repeat(300) + ".mp4")),
                1,
                "output: expected a file name of at most 255 bytes");
    }

    @Test
    void aClipThatSaysNothingOfItself() throws IOException {
        Path note = Files.writeString(folder.resolve("note.mp4"), "not a clip");
        Result result = CommandLineProcess.runHere(
                "render",
                "--from",
                note.toString(),
                "--model",
                MODEL,
                "-o",
                folder.resolve("clip.mp4").toString());

        assertEquals(2, result.status(), result.err());
        assertOneLine(result);
        assertEquals(List.of("note.mp4"), filesIn(folder));
    }

    @Test
    void aModelFolderThatIsNone() throws IOException {
        assertRefused(renderWith(folder.resolve("none")), 1, "model folder: expected a folder with a model_index.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"transformer", "vae"})
    void aTruncatedWeightFile(String component) throws IOException {
        Path weights = copiedWeights(component);
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }

        assertWeightsRefused(weights);
    }

    @Test
    void anEmptyWeightFile() throws IOException {
        Path weights = copiedWeights("transformer");
        Files.write(weights, new byte[0]);

        assertWeightsRefused(weights);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MAX_VALUE, 200_000_000, 3})
    void aHeaderOfAnImpossibleLength(long headerBytes) throws IOException {
        Path weights = copiedWeights("transformer");
        byte[] bytes = Files.readAllBytes(weights);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, headerBytes);
        Files.write(weights, bytes);

        assertWeightsRefused(weights);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"F32\"|\"I32\"", // another type of the same width
                "\"F32\"|\"F16\"", // a type that needs half the bytes
                "\"data_offsets\":[0,|\"data_offsets\":[2,", // a hole, and a size that does not fit
                "\"shape\":[|\"shape\":[7,", // another shape
                "\"shape\"|\"sha\\u0000e\"", // a field that is none
            })
    void aHeaderThatLies(String honest, String lie) throws IOException {
        Path weights = copiedWeights("transformer");
        byte[] bytes = Files.readAllBytes(weights);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        String changed = header.replaceFirst(java.util.regex.Pattern.quote(honest), lie.replace("\\", "\\\\"));
        assertTrue(!changed.equals(header), "the tiny model's header has " + honest + ": " + header.substring(0, 200));
        writeWeights(
                weights, changed.getBytes(StandardCharsets.UTF_8), Arrays.copyOfRange(bytes, 8 + length, bytes.length));

        assertWeightsRefused(weights);
    }

    @Test
    void aHeaderThatIsNoText() throws IOException {
        Path weights = copiedWeights("vae");
        writeWeights(weights, new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}', ' '}, new byte[64]);

        assertWeightsRefused(weights);
    }

    private void assertWeightsRefused(Path weights) throws IOException {
        Result result = renderWith(folder.resolve("model"));

        assertRefused(result, 1, weights.getFileName().toString());
        assertTrue(result.err().contains("expected "), result.err());
        assertTrue(result.err().contains("found "), result.err());
    }

    private Path copiedWeights(String component) throws IOException {
        Path model = folder.resolve("model");
        try (Stream<Path> walk = Files.walk(TinyModel.folder())) {
            for (Path path : walk.toList()) {
                Files.copy(
                        path, model.resolve(TinyModel.folder().relativize(path).toString()));
            }
        }
        return model.resolve(component).resolve("diffusion_pytorch_model.safetensors");
    }

    private static void writeWeights(Path file, byte[] header, byte[] data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(header.length).put(header).put(data).array());
    }

    private Result renderWith(Path model) {
        return renderOneFrame(model.toString(), folder.resolve("clip.mp4"));
    }

    private Result renderTo(Path clip) {
        return renderOneFrame(MODEL, clip);
    }

    private static Result renderOneFrame(String model, Path clip) {
        return CommandLineProcess.runHere(
                "render",
                "a ball",
                "--model",
                model,
                "--seed",
                "1",
                "--size",
                "16x16",
                "--frames",
                "1",
                "--steps",
                "1",
                "-o",
                clip.toString());
    }

    private Result render(String prompt, String... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "render",
                prompt,
                "--model",
                MODEL,
                "--seed",
                "1",
                "-o",
                folder.resolve("clip.mp4").toString()));
        arguments.addAll(List.of(options));
        return CommandLineProcess.runHere(arguments.toArray(String[]::new));
    }

    private void assertRefused(Result result, int status, String message) throws IOException {
        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().contains(message), result.err());
        assertOneLine(result);
        List<String> left = filesIn(folder).stream()
                .filter(name -> Files.isRegularFile(folder.resolve(name)))
                .toList();
        assertEquals(List.of(), left, "nothing is left, under the asked name or another");
    }

    private static void assertOneLine(Result result) {
        assertEquals("", result.out());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().startsWith("zoetrope: "), result.err());
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
