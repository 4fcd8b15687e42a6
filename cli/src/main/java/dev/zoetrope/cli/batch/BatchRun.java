package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Renders rows one after the other: those done in an earlier run are skipped, those that failed are tried again, and a
 * failure stops no other row but those that need its clip. Rows run one at a time because each already uses every core
 * of the native pool.
 *
 * <p>All rows are read and checked before the first is rendered, so that what is wrong in the last one is said at once.
 * Only a row that needs what an earlier one makes is read a second time, when that is there.
 */
public final class BatchRun {
    private final Path folder;
    private final BatchJournal journal;
    private final RowRenderer renderer;
    private final BatchListener listener;
    private final BooleanSupplier cancelled;
    private final Map<String, Integer> repetitions = new HashMap<>();
    private final Map<String, Integer> rowOfOutput = new HashMap<>();

    /**
     * What came of a batch.
     *
     * @param done rows rendered now
     * @param skipped rows that were done before
     * @param failed rows that failed
     */
    public record Outcome(int done, int skipped, int failed) {}

    /** What came of a row. */
    private enum Result {
        DONE,
        SKIPPED,
        FAILED
    }

    /**
     * A row that was read.
     *
     * @param output the name of its clip, which it keeps when it is read again
     * @param key what it is known by in the journal; without one it waits for the clip of an earlier row
     */
    private record Turn(BatchRow row, RowTask task, String output, Optional<String> key) {}

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
        RowClips clips = new RowClips(folder, rows);
        List<Turn> turns = fit(rows, defaults, clips, force);
        Map<Result, Integer> results = new EnumMap<>(Result.class);
        results.put(Result.FAILED, rows.size() - turns.size());
        for (Turn turn : turns) {
            if (cancelled.getAsBoolean()) {
                throw new RenderCancelledException(
                        "cancelled before row " + turn.row().number());
            }
            results.merge(take(turn, defaults, clips, rows.size(), force), 1, Integer::sum);
        }
        return new Outcome(
                results.getOrDefault(Result.DONE, 0),
                results.getOrDefault(Result.SKIPPED, 0),
                results.getOrDefault(Result.FAILED, 0));
    }

    /**
     * Says how every row that is not done would be rendered, and renders none.
     *
     * @param defaults as in {@link #run}
     * @param force as in {@link #run}
     * @return {@code done} are the rows that were planned
     */
    public Outcome plan(List<BatchRow> rows, String defaults, boolean force) {
        List<Turn> turns = fit(rows, defaults, new RowClips(folder, rows), force);
        int planned = 0;
        int skipped = 0;
        for (Turn turn : turns) {
            Optional<String> before = turn.key().flatMap(key -> doneOutput(turn.row(), key));
            if (before.isPresent()) {
                skipped++;
                listener.skipped(turn.row(), folder.resolve(before.get()));
            } else if (turn.key().isEmpty()) {
                listener.waiting(turn.row());
            } else {
                planned++;
                listener.planned(turn.row(), turn.task().plan());
            }
        }
        return new Outcome(planned, skipped, rows.size() - turns.size());
    }

    /** Reads and checks all rows; what is wrong is said, and left out. */
    private List<Turn> fit(List<BatchRow> rows, String defaults, RowClips clips, boolean force) {
        List<Turn> turns = new ArrayList<>();
        for (BatchRow row : rows) {
            read(row, defaults, clips).ifPresent(turns::add);
        }
        turns.removeIf(turn -> !isFit(turn, clips, force));
        return turns;
    }

    /** Reads a row, or says what is wrong with it. */
    private Optional<Turn> read(BatchRow row, String defaults, RowClips clips) {
        try {
            if (row.problem().isPresent()) {
                throw new RequestException(row.problem().get());
            }
            RowTask task = renderer.read(row, clips);
            String output = task.output();
            claim(row, output);
            checkInputs(task, output);
            Optional<String> key = task.waits() ? Optional.empty() : Optional.of(keyOf(row, task, defaults));
            clips.put(row.number(), output, RowClips.State.PROMISED);
            return Optional.of(new Turn(row, task, output, key));
        } catch (RuntimeException e) {
            fail(row, row.fingerprint(defaults, List.of()), e);
            row.output()
                    .filter(name -> rowOfOutput.getOrDefault(name, row.number()) == row.number())
                    .ifPresent(name -> clips.put(row.number(), name, RowClips.State.FAILED));
            return Optional.empty();
        }
    }

    /** Reads a row whose inputs are there now, or not any more to come. */
    private Optional<Turn> readAgain(Turn turn, String defaults, RowClips clips) {
        BatchRow row = turn.row();
        try {
            RowTask task = renderer.read(row, clips);
            checkInputs(task, turn.output());
            return Optional.of(new Turn(row, task, turn.output(), Optional.of(keyOf(row, task, defaults))));
        } catch (RuntimeException e) {
            fail(row, row.fingerprint(defaults, List.of()), e);
            clips.put(row.number(), turn.output(), RowClips.State.FAILED);
            return Optional.empty();
        }
    }

    /** Whether a row can be rendered, as far as that can be said before the clips that it waits for are there. */
    private boolean isFit(Turn turn, RowClips clips, boolean force) {
        if (turn.key().isEmpty() || doneOutput(turn.row(), turn.key().get()).isPresent()) {
            return true;
        }
        renderer.open();
        try {
            check(turn, force);
            return true;
        } catch (RuntimeException e) {
            fail(turn.row(), turn.key().get(), e);
            clips.put(turn.row().number(), turn.output(), RowClips.State.FAILED);
            return false;
        }
    }

    private void check(Turn turn, boolean force) {
        Path target = folder.resolve(turn.output());
        if (Files.exists(renderer.firstFile(target)) && !force && !journal.isOwn(turn.output())) {
            throw new OutputException("output: expected no file of that name, found " + target
                    + " that no batch made (--force replaces it)");
        }
        turn.task().check(target);
    }

    private Result take(Turn turn, String defaults, RowClips clips, int rows, boolean force) {
        boolean waited = turn.key().isEmpty();
        Optional<Turn> ready = waited ? readAgain(turn, defaults, clips) : Optional.of(turn);
        if (ready.isEmpty()) {
            return Result.FAILED;
        }
        BatchRow row = turn.row();
        String key = ready.get().key().orElseThrow();
        Optional<String> before = doneOutput(row, key);
        if (before.isPresent()) {
            rowOfOutput.put(before.get(), row.number());
            clips.made(row.number(), turn.output(), before.get());
            listener.skipped(row, folder.resolve(before.get()));
            return Result.SKIPPED;
        }
        renderer.open();
        try {
            if (waited) {
                check(ready.get(), force);
            }
            render(ready.get(), key, rows);
            clips.put(row.number(), turn.output(), RowClips.State.MADE);
            return Result.DONE;
        } catch (RenderCancelledException e) {
            throw e;
        } catch (RuntimeException e) {
            fail(row, key, e);
            clips.put(row.number(), turn.output(), RowClips.State.FAILED);
            return Result.FAILED;
        }
    }

    private void render(Turn turn, String key, int rows) {
        BatchRow row = turn.row();
        Path target = folder.resolve(turn.output());
        listener.started(row, rows);
        journal.started(row, key, turn.output());
        ObjectNode report = turn.task().render(target);
        journal.done(row, key, turn.output(), report);
        listener.done(row, target, report);
    }

    private void fail(BatchRow row, String key, RuntimeException failure) {
        journal.failed(row, key, String.valueOf(failure.getMessage()));
        listener.failed(row, failure);
    }

    /** Equal rows are told apart by their order among themselves: asking twice without a seed asks for two clips. */
    private String keyOf(BatchRow row, RowTask task, String defaults) {
        List<String> contents = task.inputs().stream().map(FileContent::hash).toList();
        String fingerprint = row.fingerprint(defaults, contents);
        int repetition = repetitions.merge(fingerprint, 1, Integer::sum);
        return repetition == 1 ? fingerprint : fingerprint + "-" + repetition;
    }

    /** The clip that an earlier batch made of a row, if it is there and no other row's now. */
    private Optional<String> doneOutput(BatchRow row, String key) {
        return journal.doneOutput(key)
                .filter(output -> rowOfOutput.getOrDefault(output, row.number()) == row.number())
                .filter(output -> Files.exists(renderer.firstFile(folder.resolve(output))));
    }

    /** A batch file may come from someone else: it must not write outside the folder it was given. */
    private void claim(BatchRow row, String output) {
        if (Path.of(output).isAbsolute()
                || !folder.resolve(output).normalize().startsWith(folder.normalize())
                || output.equals(BatchJournal.FILE_NAME)) {
            throw new RequestException("output: expected a name inside the output folder, found " + output);
        }
        Integer other = rowOfOutput.putIfAbsent(output, row.number());
        if (other != null) {
            throw new RequestException(
                    "output: expected a name of its own, found " + output + " in row " + other + " too");
        }
    }

    private void checkInputs(RowTask task, String output) {
        Path target = folder.resolve(output);
        for (Path input : task.inputs()) {
            if (isSame(input, target)) {
                throw new RequestException(
                        "output: expected another file than the one that is edited, found " + target + " for both");
            }
        }
    }

    private static boolean isSame(Path input, Path target) {
        try {
            return Files.exists(target) && Files.isSameFile(input, target);
        } catch (IOException _) {
            return false;
        }
    }
}
