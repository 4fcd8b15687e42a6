package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Renders rows one after the other: those done in an earlier run are skipped, those that failed are tried again, and a
 * failure stops no other row. Rows run one at a time because each already uses every core of the native pool.
 */
public final class BatchRun {
    private final Path folder;
    private final BatchJournal journal;
    private final RowRenderer renderer;
    private final BatchListener listener;
    private final BooleanSupplier cancelled;
    private final Map<String, Integer> repetitions = new HashMap<>();
    private final Set<String> outputsOfThisRun = new HashSet<>();

    /**
     * What came of a batch.
     *
     * @param done rows rendered now
     * @param skipped rows that were done before
     * @param failed rows that failed
     */
    public record Outcome(int done, int skipped, int failed) {}

    public BatchRun(
            Path folder,
            BatchJournal journal,
            RowRenderer renderer,
            BatchListener listener,
            BooleanSupplier cancelled) {
        this.folder = folder;
        this.journal = journal;
        this.renderer = renderer;
        this.listener = listener;
        this.cancelled = cancelled;
    }

    /**
     * Renders every row that is not done.
     *
     * @param defaults what the batch gives to every row, as text: another one makes every row a new one
     * @param force whether files that no batch made may be replaced
     * @throws RenderCancelledException if the batch was cancelled; the rows done so far are kept
     */
    public Outcome run(List<BatchRow> rows, String defaults, boolean force) {
        int done = 0;
        int skipped = 0;
        int failed = 0;
        for (BatchRow row : rows) {
            if (cancelled.getAsBoolean()) {
                throw new RenderCancelledException("cancelled before row " + row.number());
            }
            String key = keyOf(row, defaults);
            if (isDone(row, key)) {
                skipped++;
            } else if (attempt(row, key, rows.size(), force)) {
                done++;
            } else {
                failed++;
            }
        }
        return new Outcome(done, skipped, failed);
    }

    /** Whether the row is done now. */
    private boolean attempt(BatchRow row, String key, int rows, boolean force) {
        String output;
        try {
            output = outputOf(row, force);
        } catch (RuntimeException e) {
            fail(row, key, e);
            return false;
        }
        renderer.open();
        try {
            render(row, key, output, rows);
            return true;
        } catch (RenderCancelledException e) {
            throw e;
        } catch (RuntimeException e) {
            fail(row, key, e);
            return false;
        }
    }

    private void fail(BatchRow row, String key, RuntimeException failure) {
        journal.failed(row, key, String.valueOf(failure.getMessage()));
        listener.failed(row, failure);
    }

    /** Equal rows are told apart by their order among themselves: asking twice without a seed asks for two clips. */
    private String keyOf(BatchRow row, String defaults) {
        String fingerprint = row.fingerprint(defaults);
        int repetition = repetitions.merge(fingerprint, 1, Integer::sum);
        return repetition == 1 ? fingerprint : fingerprint + "-" + repetition;
    }

    private boolean isDone(BatchRow row, String key) {
        return journal.doneOutput(key)
                .filter(output -> Files.exists(folder.resolve(output)))
                .filter(outputsOfThisRun::add)
                .map(output -> {
                    listener.skipped(row, folder.resolve(output));
                    return true;
                })
                .orElse(false);
    }

    /** The name of the row's clip, once it is certain that the row can be read and may have it. */
    private String outputOf(BatchRow row, boolean force) {
        if (row.problem().isPresent()) {
            throw new RequestException(row.problem().get());
        }
        String output = renderer.outputName(row);
        Path target = folder.resolve(output);
        checkName(output, target);
        if (!outputsOfThisRun.add(output)) {
            throw new RequestException(
                    "output: expected a name of its own, found " + output + " in an earlier row too");
        }
        if (Files.exists(target) && !force && !journal.isOwn(output)) {
            throw new OutputException("output: expected no file of that name, found " + target
                    + " that no batch made (--force replaces it)");
        }
        return output;
    }

    private void render(BatchRow row, String key, String output, int rows) {
        Path target = folder.resolve(output);
        listener.started(row, rows);
        journal.started(row, key, output);
        ObjectNode report = renderer.render(row, target);
        journal.done(row, key, output, report);
        listener.done(row, target, report);
    }

    /** A batch file may come from someone else: it must not write outside the folder it was given. */
    private void checkName(String output, Path target) {
        if (Path.of(output).isAbsolute()
                || !target.normalize().startsWith(folder.normalize())
                || output.equals(BatchJournal.FILE_NAME)) {
            throw new RequestException("output: expected a name inside the output folder, found " + output);
        }
    }
}
