package dev.zoetrope.cli.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The order, skipping and failing of rows. A stand-in writes a text file instead of a clip: what is asked here is which
 * rows run, not what they look like; whole batches run in the tests module.
 */
class BatchRunTest {
    @TempDir
    Path folder;

    private final StandIn renderer = new StandIn();
    private final List<String> failures = new ArrayList<>();
    private final List<String> planned = new ArrayList<>();
    private String salt = "";

    @Test
    void rowsThatAreDoneAreSkipped() {
        List<BatchRow> rows = List.of(row(1, "a"), row(2, "b"));

        assertEquals(new BatchRun.Outcome(2, 0, 0), run(rows));
        assertEquals(new BatchRun.Outcome(0, 2, 0), run(rows));
        assertEquals(List.of("a", "b"), renderer.rendered);
    }

    @Test
    void aFailedRowStopsNoOtherAndIsTriedAgain() {
        List<BatchRow> rows = List.of(row(1, "fails"), row(2, "b"), BatchRow.unreadable(3, "row: expected JSON"));

        assertEquals(new BatchRun.Outcome(1, 0, 2), run(rows));
        assertEquals(
                List.of("3: row: expected JSON", "1: no"), failures, "what cannot be read is said before the work");
        assertEquals(new BatchRun.Outcome(0, 1, 2), run(rows));
        assertEquals(List.of("fails", "b", "fails"), renderer.rendered);
    }

    @Test
    void rowsKeepTheirResultsWhenOthersArePutIn() {
        run(List.of(row(1, "a"), row(2, "b")));

        assertEquals(new BatchRun.Outcome(1, 2, 0), run(List.of(row(1, "new"), row(2, "a"), row(3, "b"))));
        assertEquals(List.of("a", "b", "new"), renderer.rendered);
    }

    @Test
    void aRowAskedForTwiceIsRenderedTwice() {
        List<BatchRow> rows = List.of(row(1, "a"), row(2, "a"));
        renderer.numbered = true;

        assertEquals(new BatchRun.Outcome(2, 0, 0), run(rows));
        assertEquals(new BatchRun.Outcome(0, 2, 0), run(rows));
    }

    @Test
    void otherDefaultsMakeOtherRows() throws IOException {
        run(List.of(row(1, "a")), "steps=4", false);
        assertEquals(new BatchRun.Outcome(1, 0, 0), run(List.of(row(1, "a")), "steps=8", false));
        assertEquals("a", Files.readString(folder.resolve("a.mp4")));
    }

    @Test
    void aClipThatWasTakenAwayIsMadeAgain() throws IOException {
        run(List.of(row(1, "a")));
        Files.delete(folder.resolve("a.mp4"));

        assertEquals(new BatchRun.Outcome(1, 0, 0), run(List.of(row(1, "a"))));
    }

    @Test
    void aStrangersFileIsNotReplacedUnlessForced() throws IOException {
        Files.writeString(folder.resolve("a.mp4"), "a stranger's");

        assertEquals(new BatchRun.Outcome(0, 0, 1), run(List.of(row(1, "a"))));
        assertEquals("a stranger's", Files.readString(folder.resolve("a.mp4")));
        assertEquals(new BatchRun.Outcome(1, 0, 0), run(List.of(row(1, "a")), "", true));
    }

    @Test
    void twoRowsCannotHaveOneName() {
        List<BatchRow> rows = List.of(row(1, "a"), row(2, "a", "seed", "2"));

        assertEquals(new BatchRun.Outcome(1, 0, 1), run(rows));
        assertTrue(
                failures.getFirst().contains("expected a name of its own, found a.mp4 in row 1 too"),
                failures.toString());
    }

    @Test
    void noNameLeavesTheFolder() {
        List<BatchRow> rows = List.of(row(1, "../evil"), row(2, "/tmp/evil"), row(3, "sub/../../evil"));

        assertEquals(new BatchRun.Outcome(0, 0, 3), run(rows));
        assertEquals(List.of(), renderer.rendered);
    }

    @Test
    void aKilledBatchGoesOnAfterACutOffLine() throws IOException {
        run(List.of(row(1, "a"), row(2, "b")));
        Path journal = folder.resolve(BatchJournal.FILE_NAME);
        String text = Files.readString(journal);
        // Row 2 is cut off inside its last line: its clip is there, its result is not.
        Files.writeString(journal, text.substring(0, text.length() - 9));

        assertEquals(new BatchRun.Outcome(1, 1, 0), run(List.of(row(1, "a"), row(2, "b"))));
        assertEquals(List.of("a", "b", "b"), renderer.rendered);
        assertEquals(new BatchRun.Outcome(0, 2, 0), run(List.of(row(1, "a"), row(2, "b"))));
    }

    @Test
    void aLineCutInsideALetterDoesNotStopABatch() throws IOException {
        Files.write(folder.resolve(BatchJournal.FILE_NAME), new byte[] {'{', '"', (byte) 0xC3});

        assertEquals(new BatchRun.Outcome(1, 0, 0), run(List.of(row(1, "a"))));
    }

    @Test
    void aFolderTakesOneBatchAtATime() {
        try (BatchJournal first = BatchJournal.open(folder)) {
            OutputException refusal = assertThrows(OutputException.class, this::openAndClose);
            assertTrue(String.valueOf(refusal.getMessage()).contains("another batch"), first.toString());
        }
    }

    @Test
    void anEngineThatDoesNotOpenEndsTheBatch() {
        renderer.broken = true;

        assertThrows(ModelException.class, () -> run(List.of(row(1, "a"), row(2, "b"))));
        assertEquals(List.of(), renderer.rendered);
    }

    @Test
    void cancellingKeepsWhatIsDone() {
        renderer.cancelAt = "b";

        assertThrows(RenderCancelledException.class, () -> run(List.of(row(1, "a"), row(2, "b"), row(3, "c"))));
        renderer.cancelAt = "";
        assertEquals(new BatchRun.Outcome(2, 1, 0), run(List.of(row(1, "a"), row(2, "b"), row(3, "c"))));
    }

    @Test
    void everyLineOfTheJournalIsJson() throws IOException {
        run(List.of(row(1, "fails"), row(2, "b")));
        Files.writeString(folder.resolve(BatchJournal.FILE_NAME), "", StandardOpenOption.APPEND);

        List<String> statuses = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(BatchJournal.FILE_NAME))) {
            statuses.add(
                    JsonMapper.builder().build().readTree(line).path("status").asText());
        }
        assertEquals(List.of("started", "failed", "started", "done"), statuses);
    }

    @Test
    void aRowTakesUpWhatAnEarlierOneMade() throws IOException {
        List<BatchRow> rows = List.of(row(1, "a"), copy(2, "b", "a.mp4"), copy(3, "c", "b.mp4"));

        assertEquals(new BatchRun.Outcome(3, 0, 0), run(rows));
        assertEquals("cba", Files.readString(folder.resolve("c.mp4")));
        assertEquals(new BatchRun.Outcome(0, 3, 0), run(rows));
    }

    @Test
    void rowsThatNeedAFailedOneFailAndOthersGoOn() {
        List<BatchRow> rows = List.of(row(1, "fails"), copy(2, "b", "fails.mp4"), copy(3, "c", "b.mp4"), row(4, "d"));

        assertEquals(new BatchRun.Outcome(1, 0, 3), run(rows));
        assertEquals(List.of("1: no", "2: clip: row 1 failed", "3: clip: row 2 failed"), failures);
    }

    @Test
    void rowsThatNeedAnUnreadableOneAreSaidBeforeTheWork() {
        BatchRow broken =
                new BatchRow(1, new TreeMap<>(Map.of("output", TextNode.valueOf("a.mp4"))), Optional.of("row: no"));

        assertEquals(new BatchRun.Outcome(1, 0, 2), run(List.of(broken, copy(2, "b", "a.mp4"), row(3, "fine"))));
        assertEquals(List.of("1: row: no", "2: clip: row 1 failed"), failures);
        assertEquals(List.of("fine"), renderer.rendered);
    }

    @Test
    void rowsAreCheckedBeforeTheFirstIsRendered() {
        renderer.unfit = "b";
        renderer.cancelAt = "a";

        assertThrows(RenderCancelledException.class, () -> run(List.of(row(1, "a"), row(2, "b"))));
        assertEquals(List.of("2: unfit"), failures);
    }

    @Test
    void aPlanIsOfRowsThatAreNotDoneAndWritesNothing() {
        run(List.of(row(1, "a")));
        Path elsewhere = folder.resolve("elsewhere");
        List<BatchRow> rows =
                List.of(row(1, "a"), row(2, "b"), copy(3, "c", "b.mp4"), BatchRow.unreadable(4, "row: no"));

        assertEquals(new BatchRun.Outcome(1, 1, 1), plan(folder, rows));
        assertEquals(List.of("2: b", "3 waits"), planned);
        assertEquals(new BatchRun.Outcome(2, 0, 1), plan(elsewhere, rows));
        assertFalse(Files.exists(elsewhere));
        assertEquals(List.of("a"), renderer.rendered);
        assertEquals(new BatchRun.Outcome(2, 1, 1), run(rows), "what failed was not noted down either");
    }

    private BatchRun.Outcome plan(Path target, List<BatchRow> rows) {
        try (BatchJournal journal = BatchJournal.look(target)) {
            return new BatchRun(target, journal, renderer, new Failures(), () -> false).plan(rows, "", false);
        }
    }

    @Test
    void aRowIsMadeAgainWhenItsInputIsAnotherNow() throws IOException {
        List<BatchRow> rows = List.of(row(1, "a"), copy(2, "b", "a.mp4"));
        run(rows);
        Files.delete(folder.resolve("a.mp4"));
        assertEquals(new BatchRun.Outcome(1, 1, 0), run(rows), "a is made again, and is the same");

        Files.delete(folder.resolve("a.mp4"));
        salt = "!";
        assertEquals(new BatchRun.Outcome(2, 0, 0), run(rows), "a is made again, and is another");
        assertEquals("b!a!", Files.readString(folder.resolve("b.mp4")));
    }

    @Test
    void aRowWhoseClipIsOverwrittenIsNotDone() {
        run(List.of(row(1, "a")), "steps=4", false);
        run(List.of(row(1, "a")), "steps=8", false);

        assertEquals(new BatchRun.Outcome(1, 0, 0), run(List.of(row(1, "a")), "steps=4", false));
    }

    private BatchRun.Outcome run(List<BatchRow> rows) {
        return run(rows, "", false);
    }

    private BatchRun.Outcome run(List<BatchRow> rows, String defaults, boolean force) {
        try (BatchJournal journal = BatchJournal.open(folder)) {
            return new BatchRun(folder, journal, renderer, new Failures(), () -> false).run(rows, defaults, force);
        }
    }

    private void openAndClose() {
        try (BatchJournal journal = BatchJournal.open(folder)) {
            throw new AssertionError("opened twice: " + journal);
        }
    }

    /** Fields that come in pairs, besides the prompt. */
    private static BatchRow row(int number, String prompt, String... fields) {
        Map<String, JsonNode> all = new HashMap<>(Map.of("prompt", TextNode.valueOf(prompt)));
        for (int i = 0; i < fields.length; i += 2) {
            all.put(fields[i], TextNode.valueOf(fields[i + 1]));
        }
        return BatchRow.of(number, all);
    }

    /** A row that makes a clip of another; without one of that name beside the batch, of an earlier row's. */
    private static BatchRow copy(int number, String prompt, String of) {
        return row(number, prompt, "of", of);
    }

    /** Its clips have the prompt and what is in the clip that the row is made of. */
    private final class StandIn implements RowRenderer {
        private final List<String> rendered = new ArrayList<>();
        private boolean numbered;
        private boolean broken;
        private String cancelAt = "";
        private String unfit = "";

        @Override
        public RowTask read(BatchRow row, RowClips clips) {
            String prompt = String.valueOf(row.fields().get("prompt")).replace("\"", "");
            Optional<RowClips.RowClip> of = Optional.ofNullable(row.fields().get("of"))
                    .map(name -> clips.before(row.number(), clips.folder().resolve(name.asText()))
                            .orElseThrow(() -> new RequestException("clip: expected one, found none")));
            if (of.isPresent() && of.get().state() == RowClips.State.FAILED) {
                throw new RequestException("clip: row " + of.get().row() + " failed");
            }
            return new StandInTask((numbered ? row.number() + "-" : "") + prompt + ".mp4", prompt, of);
        }

        @Override
        public Path firstFile(Path target) {
            return target;
        }

        @Override
        public void open() {
            if (broken) {
                throw new ModelException("model folder: expected one, found none");
            }
        }

        private final class StandInTask implements RowTask {
            private final String output;
            private final String prompt;
            private final Optional<RowClips.RowClip> of;

            private StandInTask(String output, String prompt, Optional<RowClips.RowClip> of) {
                this.output = output;
                this.prompt = prompt;
                this.of = of;
            }

            @Override
            public String output() {
                return output;
            }

            @Override
            public List<Path> inputs() {
                return of.map(RowClips.RowClip::file).filter(Files::exists).stream()
                        .toList();
            }

            @Override
            public boolean waits() {
                return of.isPresent() && of.get().state() == RowClips.State.PROMISED;
            }

            @Override
            public void check(Path target) {
                assertFalse(waits(), "nothing is waited for");
                if (prompt.equals(unfit)) {
                    throw new RequestException("unfit");
                }
            }

            @Override
            public RowPlan plan() {
                return new RowPlan(prompt, JsonMapper.builder().build().createObjectNode(), Duration.ofSeconds(2));
            }

            @Override
            public ObjectNode render(Path target) {
                if (prompt.equals(cancelAt)) {
                    throw new RenderCancelledException("cancelled");
                }
                rendered.add(prompt);
                if (prompt.equals("fails")) {
                    throw new OutputException("no");
                }
                try {
                    Files.writeString(
                            target,
                            prompt
                                    + salt
                                    + (of.isPresent()
                                            ? Files.readString(of.get().file())
                                            : ""));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return JsonMapper.builder().build().createObjectNode().put("seed", 1);
            }
        }
    }

    private final class Failures implements BatchListener {
        @Override
        public void started(BatchRow row, int rows) {
            assertTrue(row.number() <= rows || rows > 0);
        }

        @Override
        public void done(BatchRow row, Path output, ObjectNode report) {
            assertTrue(Files.exists(output), "the clip is there before its row is said to be done");
        }

        @Override
        public void skipped(BatchRow row, Path output) {
            assertTrue(Files.exists(output), "a skipped row has its clip");
        }

        @Override
        public void planned(BatchRow row, RowPlan plan) {
            planned.add(row.number() + ": " + plan.table());
        }

        @Override
        public void waiting(BatchRow row) {
            planned.add(row.number() + " waits");
        }

        @Override
        public void failed(BatchRow row, RuntimeException failure) {
            failures.add(row.number() + ": " + failure.getMessage());
        }
    }
}
