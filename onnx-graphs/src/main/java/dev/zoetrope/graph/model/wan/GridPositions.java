package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import java.util.ArrayList;
import java.util.List;

/**
 * Rotary angles of places on a grid: a head's pairs are divided among time, rows and columns; time takes what is left over. Sines
 * and cosines are computed in float64 and rounded once, as the reference does, and looked up by place.
 */
final class GridPositions {
    private static final double BASE = 10_000;

    private GridPositions() {}

    /**
     * The tables' rows for each token.
     *
     * @param position {@code [3, tokens]} int64: latent, row and column
     */
    static RotaryPosition rotary(Operators op, Value position, WanTransformerConfig config) {
        int third = config.headSize() / 6;
        int[] pairs = {config.headSize() / 2 - 2 * third, third, third};
        List<Value> axes = op.split(position, 0, 1, 1, 1);
        List<Value> cosines = new ArrayList<>();
        List<Value> sines = new ArrayList<>();
        for (int axis = 0; axis < pairs.length; axis++) {
            Value place = op.squeeze(axes.get(axis), 0);
            int rows = config.longestAxis();
            float[] cosine = new float[rows * pairs[axis]];
            float[] sine = new float[rows * pairs[axis]];
            for (int i = 0; i < cosine.length; i++) {
                int row = i / pairs[axis];
                double exponent = (double) (i % pairs[axis]) / pairs[axis];
                double angle = row * (1 / Math.pow(BASE, exponent));
                cosine[i] = (float) Math.cos(angle);
                sine[i] = (float) Math.sin(angle);
            }
            cosines.add(op.gatherRows(op.constant(cosine, rows, pairs[axis]), place));
            sines.add(op.gatherRows(op.constant(sine, rows, pairs[axis]), place));
        }
        return new RotaryPosition(op.concat(1, cosines), op.concat(1, sines), true);
    }
}
