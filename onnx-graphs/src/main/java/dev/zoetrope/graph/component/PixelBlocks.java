package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/**
 * Square blocks of pixels as channels, in the order of PyTorch's {@code pixel_unshuffle}: channel {@code c*block*block + y*block +
 * x}. ONNX's SpaceToDepth orders them otherwise.
 */
public record PixelBlocks(int block) {
    /** {@code [n, c, h*block, w*block]} to {@code [n, c*block*block, h, w]}. */
    public Value toChannels(Operators op, Value x) {
        Dimension count = x.shape().get(0);
        Dimension channels = x.shape().get(1);
        Dimension height = x.shape().get(2).dividedBy(block);
        Dimension width = x.shape().get(3).dividedBy(block);
        Dimension side = Dimension.of(block);
        Value cut = op.reshape(x, Shape.of(count, channels, height, side, width, side)); // [n, c, h, y, w, x]
        Value moved = op.transpose(cut, 0, 1, 3, 5, 2, 4); // [n, c, y, x, h, w]
        return op.reshape(moved, Shape.of(count, channels.times((long) block * block), height, width));
    }

    /** {@code [n, c*block*block, h, w]} to {@code [n, c, h*block, w*block]}. */
    public Value toPixels(Operators op, Value x) {
        return op.pixelShuffle(x, block);
    }
}
