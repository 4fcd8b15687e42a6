package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

/**
 * How a row would be rendered.
 *
 * @param table for people
 * @param report for programs
 * @param time about how long it takes
 */
public record RowPlan(String table, ObjectNode report, Duration time) {}
