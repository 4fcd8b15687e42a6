package dev.zoetrope.cli.batch;

import java.nio.file.Path;

/** Reads and renders rows; what the loop of a batch knows of options and engine. */
public interface RowRenderer {
    /**
     * Reads a row and looks at the files it names. Nothing is rendered.
     *
     * @param clips what the rows before it make
     * @throws RuntimeException if the row asks for something that does not exist
     */
    RowTask read(BatchRow row, RowClips clips);

    /** The file that is there when a clip is: of numbered pictures the first. */
    Path firstFile(Path target);

    /** Gets ready; called before rows are checked or rendered. A failure ends the batch, for every row would share it. */
    void open();
}
