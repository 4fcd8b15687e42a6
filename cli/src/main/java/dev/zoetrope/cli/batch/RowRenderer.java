package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/** Renders one row; what the loop of a batch knows of options and engine. */
public interface RowRenderer {
    /**
     * The name of the row's clip, relative to the batch's folder.
     *
     * @throws RuntimeException if the row asks for something that does not exist
     */
    String outputName(BatchRow row);

    /** Gets ready; called before each row that is rendered. A failure ends the batch, for every row would share it. */
    void open();

    /**
     * Renders the row and writes its clip; on failure nothing is left under {@code target}.
     *
     * @return what was made, for the journal
     */
    ObjectNode render(BatchRow row, Path target);
}
