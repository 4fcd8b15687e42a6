/**
 * Many requests from one file: rows are read and checked, those that are done already are skipped, a row may take up
 * what an earlier one made, and what came of each is kept in a journal that survives a killed process.
 * {@link dev.zoetrope.cli.batch.BatchRun} is the loop. It knows neither options nor engine: the command hands it a
 * {@link dev.zoetrope.cli.batch.RowRenderer}.
 */
@NullMarked
package dev.zoetrope.cli.batch;

import org.jspecify.annotations.NullMarked;
