package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/** Told what comes of each row, in the rows' order. */
public interface BatchListener {
    /** The row is rendered next. */
    void started(BatchRow row, int rows);

    void done(BatchRow row, Path output, ObjectNode report);

    /** An earlier batch did the row already. */
    void skipped(BatchRow row, Path output);

    /** The row is not rendered, for nothing is: this is how it would be. */
    void planned(BatchRow row, RowPlan plan);

    /** Nothing can be said of the row before the clip of an earlier one is there. */
    void waiting(BatchRow row);

    void failed(BatchRow row, RuntimeException failure);
}
