package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/** A row that was read: what it makes, and of what. */
public interface RowTask {
    /** The name of the row's clip, relative to the batch's folder. */
    String output();

    /** The files it names that are there, and those beside them that change what it makes. */
    List<Path> inputs();

    /** Whether it names a clip of an earlier row that is not made yet: it has to be read again when it is. */
    boolean waits();

    /**
     * Refuses what cannot be rendered or written. Called when the renderer is open and nothing is waited for.
     *
     * @param target where its clip goes
     */
    void check(Path target);

    /** How it would be rendered. Called when the renderer is open and nothing is waited for. */
    RowPlan plan();

    /**
     * Renders the row and writes its clip; on failure nothing is left under {@code target}.
     *
     * @return what was made, for the journal
     */
    ObjectNode render(Path target);
}
