package dev.zoetrope.cli.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        assertEquals(List.of("1: no", "3: row: expected JSON"), failures);
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
        List<BatchRow> rows = List.of(row(1, "a"), BatchRow.of(2, Map.of("prompt", "a")));
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
        List<BatchRow> rows = List.of(row(1, "a"), BatchRow.of(2, Map.of("prompt", "a", "seed", "2")));

        assertEquals(new BatchRun.Outcome(1, 0, 1), run(rows));
        assertTrue(failures.getFirst().contains("expected a name of its own, found a.mp4"), failures.toString());
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

    private static BatchRow row(int number, String prompt) {
        return BatchRow.of(number, Map.of("prompt", prompt));
    }

    private static final class StandIn implements RowRenderer {
        private final List<String> rendered = new ArrayList<>();
        private boolean numbered;
        private boolean broken;
        private String cancelAt = "";

        @Override
        public String outputName(BatchRow row) {
            return (numbered ? row.number() + "-" : "") + row.fields().get("prompt") + ".mp4";
        }

        @Override
        public void open() {
            if (broken) {
                throw new ModelException("model folder: expected one, found none");
            }
        }

        @Override
        public ObjectNode render(BatchRow row, Path target) {
            String prompt = String.valueOf(row.fields().get("prompt"));
            if (prompt.equals(cancelAt)) {
                throw new RenderCancelledException("cancelled");
            }
            rendered.add(prompt);
            if (prompt.equals("fails")) {
                throw new OutputException("no");
            }
            try {
                Files.writeString(target, prompt);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return JsonMapper.builder().build().createObjectNode().put("seed", 1);
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
        public void failed(BatchRow row, RuntimeException failure) {
            failures.add(row.number() + ": " + failure.getMessage());
        }
    }
}
