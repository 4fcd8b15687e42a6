package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;

/**
 * One packed sequence of S tokens: V latent rows, T text states, P predictions, G token groups.
 *
 * @param latent {@code [V, channels]}
 * @param text {@code [T, textWidth]}, already scaled
 * @param order {@code [S]} int64: row of text and latent, one after the other, for each packed position
 * @param visual {@code [P]} int64: packed position of each prediction
 * @param coordinates {@code [S, 6]}: seconds, span in seconds, y, x, relative y, relative x
 * @param group {@code [S]} int64: token group of each position
 * @param sigma {@code [G]}: noise level, 0 = clean, 1 = pure noise
 * @param role {@code [G]} int64
 * @param pooled {@code [G, textWidth]}
 */
record TransformerInputs(
        Value latent,
        Value text,
        Value order,
        Value visual,
        Value coordinates,
        Value group,
        Value sigma,
        Value role,
        Value pooled) {

    static TransformerInputs declare(GraphBuilder graph, TransformerConfig config) {
        return new TransformerInputs(
                graph.input("latent", ElementType.FLOAT, Shape.parse("[V, " + config.latentChannels() + "]")),
                graph.input("text", ElementType.FLOAT, Shape.parse("[T, " + config.textWidth() + "]")),
                graph.input("order", ElementType.INT64, Shape.parse("[S]")),
                graph.input("visual", ElementType.INT64, Shape.parse("[P]")),
                graph.input("coordinates", ElementType.FLOAT, Shape.parse("[S, " + PositionTables.COORDINATES + "]")),
                graph.input("group", ElementType.INT64, Shape.parse("[S]")),
                graph.input("sigma", ElementType.FLOAT, Shape.parse("[G]")),
                graph.input("role", ElementType.INT64, Shape.parse("[G]")),
                graph.input("pooled", ElementType.FLOAT, Shape.parse("[G, " + config.textWidth() + "]")));
    }
}
