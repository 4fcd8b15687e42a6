package dev.zoetrope.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are no clip or picture, given to every command that edits: refused in one line, and nothing is left. */
class BadClipTest {
    private static final String MODEL = TinyModel.folder().toString();

    /** Where each command takes a clip, and where it takes a picture; BAD is the file, A a good clip, P a good picture. */
    private static final List<String> OF_CLIPS = List.of(
            "extend BAD --by 1s",
            "extend BAD x --by 1s --backward",
            "loop BAD x",
            "connect BAD A",
            "connect A BAD",
            "interpolate BAD",
            "storyboard BOARD_OF_CLIP",
            "render x --clip BAD");

    private static final List<String> OF_PICTURES = List.of(
            "animate BAD x",
            "animate P x --last BAD",
            "restyle A x --mask BAD",
            "storyboard BOARD_OF_PICTURE",
            "render x --image BAD@1");

    private static final List<String> OF_EITHER = List.of("restyle BAD x");

    /** What is wrong with a file, and words that say so. */
    private static final Map<String, String> BAD = new TreeMap<>(Map.of(
            "missing.mp4", "no file named",
            "empty.mp4", "an empty file",
            "folder.mp4", "the folder",
            "text.mp4", "invalid data",
            "cut.mp4", "is the file whole?",
            "headless.mp4", "is the file whole?",
            "cut.webm", "bytes that its header promises",
            "cut.gif", "is the file whole?",
            "cut.png", "is the file whole?"));

    @TempDir
    static Path inputs;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeTheInputs() throws IOException {
        Path good = clip("a.mp4");
        byte[] bytes = Files.readAllBytes(good);
        // Our MP4 says at its beginning what is in it, so both halves are of no use alone.
        Files.write(inputs.resolve("cut.mp4"), Arrays.copyOf(bytes, bytes.length * 2 / 3));
        Files.write(inputs.resolve("headless.mp4"), Arrays.copyOfRange(bytes, bytes.length / 3, bytes.length));
        byte[] webm = Files.readAllBytes(clip("whole.webm"));
        Files.write(inputs.resolve("cut.webm"), Arrays.copyOf(webm, webm.length * 2 / 3));
        byte[] gif = Files.readAllBytes(clip("whole.gif"));
        Files.write(inputs.resolve("cut.gif"), Arrays.copyOf(gif, gif.length / 40));
        Files.createFile(inputs.resolve("empty.mp4"));
        Files.createDirectory(inputs.resolve("folder.mp4"));
        Files.writeString(inputs.resolve("text.mp4"), "not a video\n".repeat(400));
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(image, "png", inputs.resolve("p.png").toFile());
        byte[] png = Files.readAllBytes(inputs.resolve("p.png"));
        Files.write(inputs.resolve("cut.png"), Arrays.copyOf(png, png.length / 2));
    }

    private static Path clip(String name) {
        Path file = inputs.resolve(name);
        Result made = CommandLineProcess.runHere(
                "render",
                "a ball",
                "--size",
                "32x32",
                "--frames",
                "9",
                "--steps",
                "1",
                "--seed",
                "1",
                "--model",
                MODEL,
                "-o",
                file.toString());
        assertEquals(0, made.status(), made.err());
        return file;
    }

    static Stream<String[]> everyCommandWithEveryBadFile() {
        return BAD.keySet().stream()
                .flatMap(file -> Stream.of(OF_CLIPS, OF_PICTURES, OF_EITHER)
                        .flatMap(List::stream)
                        .map(command -> new String[] {command, file}));
    }

    @ParameterizedTest
    @MethodSource("everyCommandWithEveryBadFile")
    void aFileThatIsNoClipOrPicture(String command, String file) throws IOException {
        assertRefused(run(command, inputs.resolve(file)), inputs.resolve(file), String.valueOf(BAD.get(file)));
    }

    static Stream<String> commandsOfClips() {
        return OF_CLIPS.stream();
    }

    static Stream<String> commandsOfPictures() {
        return OF_PICTURES.stream();
    }

    @ParameterizedTest
    @MethodSource("commandsOfClips")
    void aPictureWhereAClipIsNeeded(String command) throws IOException {
        assertRefused(run(command, inputs.resolve("p.png")), inputs.resolve("p.png"), "found a picture");
    }

    @ParameterizedTest
    @MethodSource("commandsOfPictures")
    void aClipWhereAPictureIsNeeded(String command) throws IOException {
        assertRefused(run(command, inputs.resolve("a.mp4")), inputs.resolve("a.mp4"), "found a clip of 9 frames");
    }

    @ParameterizedTest
    @MethodSource("commandsOfClips")
    void aFileThatMayNotBeRead(String command) throws IOException {
        Path file = Files.copy(inputs.resolve("a.mp4"), folder.resolve("locked.mp4"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        boolean superuser = Files.isReadable(file);
        Result result = superuser ? new Result(0, "", "") : run(command, file);
        Files.delete(file);
        assumeFalse(superuser, "the superuser reads everything");
        assertRefused(result, file, "ermission denied");
    }

    /** Its header and the places of its frames are whole, so that only decoding finds out: after the model is open. */
    @ParameterizedTest
    @CsvSource({
        "extend BAD --by 1s",
        "extend BAD --by 1s --backward",
        "loop BAD",
        "connect BAD A",
        "connect A BAD",
        "interpolate BAD",
        "restyle BAD x",
        "restyle BAD x --mask P",
        "storyboard BOARD_OF_CLIP",
        "render x --clip BAD",
    })
    void aClipThatIsDamagedInside(String command) throws IOException {
        Path file = inputs.resolve("damaged.mp4");
        byte[] bytes = Files.readAllBytes(inputs.resolve("a.mp4"));
        int media = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("mdat") + 4;
        int half = (media + bytes.length) / 2;
        Arrays.fill(bytes, half, bytes.length - 16, (byte) 0x5A);
        Files.write(file, bytes);

        assertRefused(run(command, file), file, "is the file whole?");
    }

    @Test
    void latentsBesideAClipThatAreDamaged() throws IOException {
        Path file = Files.copy(inputs.resolve("a.mp4"), inputs.resolve("beside.mp4"));
        Files.writeString(LatentsFile.beside(file), "not latents");

        assertRefused(run("extend BAD --by 1s", file), file, "delete it, and the clip's own pixels are used");
    }

    @Test
    void aNameThatIsNearlyAFilesIsAnsweredWithIt() throws IOException {
        Result result = run("extend BAD --by 1s", inputs.resolve("b.mp4"));

        assertRefused(result, inputs.resolve("b.mp4"), "; did you mean " + inputs.resolve("a.mp4") + "?");
    }

    private Result run(String command, Path bad) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (String word : command.split(" ")) {
            arguments.add(
                    switch (word) {
                        case "A" -> inputs.resolve("a.mp4").toString();
                        case "P" -> inputs.resolve("p.png").toString();
                        case "BOARD_OF_CLIP" -> board("clip", bad);
                        case "BOARD_OF_PICTURE" -> board("image", bad);
                        default -> word.replace("BAD", bad.toString());
                    });
        }
        arguments.addAll(List.of("--model", MODEL, "--steps", "1", "-o"));
        arguments.add(folder.resolve("made.mp4").toString());
        return CommandLineProcess.runHere(arguments.toArray(String[]::new));
    }

    private static String board(String field, Path bad) throws IOException {
        Path board = inputs.resolve("board.yaml");
        Files.writeString(board, "shots:\n  - prompt: a ball\n    seconds: 2\n    " + field + ": \"" + bad + "\"\n");
        return board.toString();
    }

    private void assertRefused(Result result, Path file, String message) throws IOException {
        assertEquals(2, result.status(), result.err());
        assertEquals("", result.out());
        List<String> lines = result.err()
                .lines()
                .filter(line -> !line.startsWith("zoetrope: seed ")) // said before the model is open
                .toList();
        assertEquals(1, lines.size(), result.err());
        String line = lines.getFirst();
        assertTrue(line.startsWith("zoetrope: "), line);
        assertTrue(line.contains("expected") && line.contains("found"), line);
        assertTrue(line.contains(file.toString()), line);
        assertTrue(line.contains(message), line);
        assertFalse(line.contains("internal error"), line);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
