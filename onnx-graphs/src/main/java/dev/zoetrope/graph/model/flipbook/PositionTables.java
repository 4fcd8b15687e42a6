package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns coordinates into sines and cosines. Every angle is one coordinate times one frequency, so all angles are one matrix
 * product with a sparse matrix: the other coordinates add exact zeros.
 *
 * <p>Frequencies are computed as the reference does in float32: {@code exp(-i/n ln base)}.
 */
final class PositionTables {
    private static final int SECONDS = 0;
    private static final int SPAN = 1;
    private static final int Y = 2;
    private static final int X = 3;
    private static final int RELATIVE_Y = 4;
    private static final int RELATIVE_X = 5;
    static final int COORDINATES = 6;

    /** Sine and cosine features of each position quantity. */
    static final int FEATURES = 32;

    /** Position quantities with features: relative y, relative x, span, seconds. */
    static final int QUANTITIES = 4;

    private static final float FEATURE_SCALE = 30f;
    private static final float FEATURE_SECONDS = 0.25f;
    private static final double FEATURE_BASE = 1000;

    private PositionTables() {}

    /** {@code [numbers]} to {@code [numbers, width]}: sines, then cosines, of frequencies 30 down to 30/1000. */
    static Value sinusoids(Operators op, Value x, int width) {
        Value column = op.unsqueeze(x, 1);
        Value angle = op.multiply(column, op.constant(featureFrequencies(width / 2), 1, width / 2));
        return op.concat(1, List.of(op.sine(angle), op.cosine(angle)));
    }

    /** {@code [tokens, 6]} to additive features {@code [tokens, 4*32]}. */
    static Value features(Operators op, Value coordinates) {
        int half = FEATURES / 2;
        float[] frequencies = featureFrequencies(half);
        AngleMatrix matrix = new AngleMatrix(QUANTITIES * half);
        matrix.append(RELATIVE_Y, 1, frequencies);
        matrix.append(RELATIVE_X, 1, frequencies);
        matrix.append(SPAN, 1, frequencies);
        matrix.append(SECONDS, FEATURE_SECONDS, frequencies);
        Dimension tokens = coordinates.shape().get(0);
        Value angle = op.reshape(
                matrix.angles(op, coordinates), Shape.of(tokens, Dimension.of(QUANTITIES), Dimension.of(half)));
        Value pairs = op.concat(2, List.of(op.sine(angle), op.cosine(angle))); // [tokens, 4, 32]
        return op.reshape(pairs, Shape.of(tokens, Dimension.of((long) QUANTITIES * FEATURES)));
    }

    /** {@code [tokens, 6]} to rotary angles: a head's pairs are split in three, time takes what is left over. */
    static RotaryPosition rotary(Operators op, Value coordinates, TransformerConfig config) {
        int pairs = config.headSize() / 2;
        int third = pairs / 3;
        AngleMatrix matrix = new AngleMatrix(pairs);
        matrix.append(SECONDS, (float) config.ropeSeconds(), rotaryFrequencies(pairs - 2 * third, config.ropeBase()));
        matrix.append(Y, 1, rotaryFrequencies(third, config.ropeBase()));
        matrix.append(X, 1, rotaryFrequencies(third, config.ropeBase()));
        Value angle = matrix.angles(op, coordinates);
        return new RotaryPosition(op.cosine(angle), op.sine(angle), false);
    }

    private static float[] featureFrequencies(int count) {
        float step = (float) (-Math.log(FEATURE_BASE) / count);
        float[] frequencies = new float[count];
        for (int i = 0; i < count; i++) {
            frequencies[i] = (float) Math.exp(i * step) * FEATURE_SCALE;
        }
        return frequencies;
    }

    private static float[] rotaryFrequencies(int count, double base) {
        float logarithm = (float) Math.log(base);
        float[] frequencies = new float[count];
        for (int i = 0; i < count; i++) {
            frequencies[i] = (float) Math.exp(-(float) i / count * logarithm);
        }
        return frequencies;
    }

    /** A matrix {@code [6, angles]} with one frequency per column. */
    private static final class AngleMatrix {
        private final List<float[]> columns = new ArrayList<>();
        private final int angles;

        AngleMatrix(int angles) {
            this.angles = angles;
        }

        void append(int coordinate, float factor, float[] frequencies) {
            for (float frequency : frequencies) {
                float[] column = new float[COORDINATES];
                column[coordinate] = factor * frequency;
                columns.add(column);
            }
        }

        Value angles(Operators op, Value coordinates) {
            float[] values = new float[COORDINATES * angles];
            for (int column = 0; column < angles; column++) {
                for (int row = 0; row < COORDINATES; row++) {
                    values[row * angles + column] = columns.get(column)[row];
                }
            }
            return op.matrixProduct(coordinates, op.constant(values, COORDINATES, angles));
        }
    }
}
