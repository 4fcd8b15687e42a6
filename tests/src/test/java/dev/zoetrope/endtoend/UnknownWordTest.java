package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.text.UnknownWord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Words that the shipped model was not trained on, with its real vocabulary and text encoder. */
class UnknownWordTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Small and short: nothing here looks at the picture. */
    private static final String[] SMALL = {"--size", "16x16", "--frames", "1", "--steps", "1", "--seed", "1"};

    @TempDir
    Path folder;

    /** A vocabulary of its own, so that the words stay unknown when the world of the shipped model grows. */
    @Test
    void theTextEncoderFindsTheNearestWordAndSaysHowNear() {
        Path model = withVocabulary(Optional.of("""
                {"words": ["ball", "bounces", "car", "circle", "dog", "grass", "jumps", "moon", "moves", "night", "sand",
                    "sea", "snow", "square", "star"],
                 "ignored": ["a", "the", "under"]}"""));
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model))) {
            assertEquals(List.of(), zoetrope.unknownWords("3-4 BOUNCING balls' squares; the star's moons moved"));

            List<UnknownWord> found =
                    zoetrope.unknownWords("A lawn under a kubernetes beach, the puppy leaps; Automobile, kubernetes!");
            assertEquals(
                    List.of("lawn/grass", "kubernetes/far", "beach/sand", "puppy/dog", "leaps/jumps", "automobile/car"),
                    found.stream()
                            .map(word -> word.word() + "/" + (word.isNear() ? word.nearest() : "far"))
                            .toList());
            assertTrue(found.stream().allMatch(word -> word.isNear() == word.readAsNearest()), found.toString());

            List<UnknownWord> related = zoetrope.unknownWords("a sphere, a rectangle, a boat, midnight, ice");
            assertEquals(
                    List.of("ball", "square", "sea", "night", "snow"),
                    related.stream().map(UnknownWord::nearest).toList());
            assertTrue(related.stream().allMatch(word -> word.isNear() && !word.readAsNearest()), related.toString());
        }
    }

    @Test
    void theShippedModelKnowsItsWordsAndFindsNeighboursInAMoment() {
        try (Zoetrope zoetrope = Zoetrope.open()) {
            assertEquals(List.of(), zoetrope.unknownWords("A red ball bounces over the sea at night"));
            openTextEncoder(zoetrope);
            long before = SYSTEM.getProcessCpuTime();
            List<UnknownWord> found = zoetrope.unknownWords("a kubernetes ball");
            double cpuSeconds = (SYSTEM.getProcessCpuTime() - before) / 1e9;
            System.out.println("the first unknown word took " + cpuSeconds + " s of processor time");
            assertEquals(
                    List.of("kubernetes"), found.stream().map(UnknownWord::word).toList());
            // Measured with 82 words: 0.4 to 0.6 s. A vocabulary of thousands of words would need another way.
            // Processor
            // time, because the machine may have other work.
            assertTrue(cpuSeconds < 3, cpuSeconds + " s of processor time");
        }
    }

    private static void openTextEncoder(Zoetrope zoetrope) {
        try (Clip clip = zoetrope.render(
                RenderRequest.of("a ball").withSize(16, 16).withFrames(1).withSteps(1))) {
            assertEquals(List.of(), clip.unknownWords());
        }
    }

    /** Every word of the captions is known, and every word that the configuration names is in the captions. */
    @Test
    void theVocabularyHoldsTheWorldsWords() throws IOException {
        Path model = Diagnostics.modelFolder(Optional.empty());
        JsonNode vocabulary = JSON.readTree(Files.readString(model.resolve("text_encoder/vocabulary.json")));
        JsonNode world = JSON.readTree(Files.readString(model.resolve("transformer/config.json")))
                .path("world");
        Set<String> words = new TreeSet<>();
        vocabulary.path("words").forEach(word -> words.add(word.asText()));
        Set<String> ignored = new TreeSet<>();
        vocabulary.path("ignored").forEach(word -> ignored.add(word.asText()));

        Set<String> named = new TreeSet<>();
        world.path("colours").fieldNames().forEachRemaining(named::add);
        for (String part : List.of("shapes", "motions")) {
            world.path(part)
                    .forEach(synonyms -> synonyms.forEach(
                            text -> named.addAll(List.of(text.asText().split(" ")))));
        }
        named.removeAll(ignored);
        assertTrue(named.size() > 30, named.toString());
        named.removeAll(words);
        assertEquals(Set.of(), named, "named in the configuration, missing in the vocabulary");
        assertTrue(words.stream().noneMatch(ignored::contains), "a word is known or ignored");
    }

    @Test
    void theListenerTheClipAndItsRecordSayThemAndThePictureIsTheSame() {
        String prompt = "a red kubernetes bounces over the democracy";
        RenderRequest request = RenderRequest.of(prompt)
                .withNegativePrompt("blurry unicorns")
                .withSize(32, 32)
                .withFrames(5)
                .withSteps(2);
        List<UnknownWord> heard = new ArrayList<>();
        RenderListener listener = new RenderListener() {
            @Override
            public void unknownWords(List<UnknownWord> words) {
                heard.addAll(words);
            }
        };
        Path file = folder.resolve("clip.mp4");
        List<byte[]> pixels;
        try (Zoetrope zoetrope = Zoetrope.open();
                Clip clip = zoetrope.render(request, RenderOptions.defaults().withListener(listener))) {
            assertEquals(
                    List.of("kubernetes", "democracy"),
                    clip.unknownWords().stream().map(UnknownWord::word).toList(),
                    "in their order, and none of the negative prompt");
            assertEquals(clip.unknownWords(), heard);
            assertEquals(List.of(), clip.warnings(), "a note is no warning");
            clip.save(file);
            pixels = frames(clip);
            try (Clip again = zoetrope.render(request)) {
                assertSamePixels(pixels, frames(again), "with the known words' vectors computed before");
            }
        }
        ClipRecord record = ClipRecord.read(file).orElseThrow();
        assertEquals(
                List.of("kubernetes", "democracy"),
                record.unknownWords().stream().map(UnknownWord::word).toList());
        assertEquals(
                heard.stream().map(UnknownWord::nearest).toList(),
                record.unknownWords().stream().map(UnknownWord::nearest).toList());
        // Written with four digits.
        assertEquals(
                heard.getFirst().similarity(), record.unknownWords().getFirst().similarity(), 0.5e-4);

        try (Zoetrope silent =
                        Zoetrope.open(EngineOptions.defaults().withModelFolder(withVocabulary(Optional.empty())));
                Clip clip = silent.render(request)) {
            assertEquals(List.of(), clip.unknownWords(), "a model that does not say what it knows");
            assertFalse(clip.record().toJson().contains("unknown_words"));
            assertSamePixels(pixels, frames(clip), "without a vocabulary");
        }
    }

    @Test
    void aDamagedVocabularyIsRefusedByName() {
        Path model = withVocabulary(Optional.of("{\"words\": []}"));
        ModelException refused = assertThrows(ModelException.class, () -> openAndClose(model));
        assertTrue(
                String.valueOf(refused.getMessage())
                        .matches(".*vocabulary\\.json: expected a list of texts under \"words\", found \\[]"),
                refused.getMessage());
    }

    @Test
    void theCommandSaysThemOnStandardErrorAndInItsReports() throws Exception {
        Path clip = folder.resolve("clip.png");
        Result result = run("render", "a red kubernetes on the grasses, democracy", "--json", "-o", clip.toString());

        assertEquals(0, result.status(), result.err());
        List<String> lines = result.err().lines().toList();
        assertEquals(2, lines.size(), result.err());
        String form = "zoetrope: note: the model does not know \"%s\"; the nearest word it knows is \"\\w+\""
                + "(, which is far from it)?";
        assertTrue(lines.getFirst().matches(form.formatted("kubernetes")), result.err());
        assertTrue(lines.getLast().matches(form.formatted("democracy")), result.err());
        JsonNode report = JSON.readTree(result.out());
        assertEquals(0, report.path("warnings").size(), result.out());
        JsonNode words = report.path("unknown_words");
        assertEquals(2, words.size(), result.out());
        assertEquals("kubernetes", words.path(0).path("word").asText());
        assertTrue(lines.getFirst().contains('"' + words.path(0).path("nearest").asText() + '"'), result.out());
        assertTrue(words.path(0).path("similarity").asDouble() < 0.7, result.out());
        assertFalse(words.path(0).path("read_as_nearest").asBoolean(true), result.out());

        JsonNode made = JSON.readTree(CommandLineProcess.runHere("inspect", clip.toString(), "--json")
                        .out())
                .path("made_by");
        assertEquals(
                "democracy", made.path("unknown_words").path(1).path("word").asText(), made.toString());
    }

    @Test
    void aBatchSaysWhichRowAndKnownWordsAreQuiet() throws IOException {
        Path rows = Files.writeString(
                folder.resolve("rows.jsonl"), "{\"prompt\": \"a red ball\"}\n{\"prompt\": \"a red kubernetes\"}\n");
        Path clips = folder.resolve("clips");
        Result result = run("batch", rows.toString(), "-o", clips.toString(), "--json");

        assertEquals(0, result.status(), result.err());
        List<String> lines = result.err().lines().toList();
        assertEquals(2, lines.size(), result.err());
        assertTrue(
                lines.getFirst().startsWith("zoetrope: row 2: note: the model does not know \"kubernetes\"; "),
                result.err());
        List<JsonNode> reports = new ArrayList<>();
        for (String line : result.out().lines().toList()) {
            reports.add(JSON.readTree(line).path("unknown_words"));
        }
        assertTrue(reports.getFirst().isArray() && reports.getFirst().isEmpty(), result.out());
        assertEquals("kubernetes", reports.getLast().path(0).path("word").asText(), result.out());
        assertTrue(
                Files.readString(clips.resolve("results.jsonl")).contains("\"word\":\"kubernetes\""),
                "the journal has it too");
    }

    private static Result run(String... arguments) {
        return CommandLineProcess.runHere(
                Stream.concat(Stream.of(arguments), Stream.of(SMALL)).toArray(String[]::new));
    }

    private static void openAndClose(Path model) {
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model))) {
            assertFalse(zoetrope.info().model().isEmpty());
        }
    }

    private static List<byte[]> frames(Clip clip) {
        FrameCollector frames = new FrameCollector();
        clip.decodeTo(frames);
        return frames.frames();
    }

    private static void assertSamePixels(List<byte[]> expected, List<byte[]> found, String what) {
        assertEquals(expected.size(), found.size(), what);
        for (int frame = 0; frame < expected.size(); frame++) {
            assertArrayEquals(expected.get(frame), found.get(frame), what + ", frame " + frame);
        }
    }

    /** The shipped model with another vocabulary, or none. */
    private Path withVocabulary(Optional<String> vocabulary) {
        Path shipped = Diagnostics.modelFolder(Optional.empty());
        Path copy = folder.resolve("model");
        try (Stream<Path> files = Files.walk(shipped)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(shipped.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
            Path words = copy.resolve("text_encoder/vocabulary.json");
            Files.delete(words);
            if (vocabulary.isPresent()) {
                Files.writeString(words, vocabulary.get());
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
