package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.List;

/**
 * A convolution over frames and pixels, on the bytes as they lie in the file.
 *
 * @param weight {@code [out, in, kernelFrames, kernel, kernel]}
 * @param bias {@code [out]}
 */
public record VolumeConvolution(String place, WeightTensor weight, WeightTensor bias) {
    private static final List<Long> EVERY_PIXEL = List.of(1L, 1L, 1L);

    /** A layer over {@code kernelFrames} frames and {@code kernel x kernel} pixels. */
    public static VolumeConvolution of(WeightScope scope, long in, long out, int kernelFrames, int kernel) {
        return new VolumeConvolution(
                scope.path(), scope.tensor("weight", out, in, kernelFrames, kernel, kernel), scope.tensor("bias", out));
    }

    /** A 2-D layer of the checkpoint, {@code [out, in, kernel, kernel]}, over each frame. */
    public static VolumeConvolution perFrame(WeightScope scope, long in, long out, int kernel) {
        WeightTensor weight = scope.tensor("weight", out, in, kernel, kernel).reshaped(out, in, 1, kernel, kernel);
        return new VolumeConvolution(scope.path(), weight, scope.tensor("bias", out));
    }

    /** The layer that makes the first outputs of this one. */
    public VolumeConvolution firstOutputs(long count) {
        return new VolumeConvolution(place, weight.rows(0, count), bias.rows(0, count));
    }

    /** Keeps height and width; frames become fewer by the kernel's less one: {@code [1, in, frames, h, w]}. */
    public Value apply(Operators op, Value x) {
        long side = weight.sizes().getLast() / 2;
        return apply(op, x, EVERY_PIXEL, List.of(0L, side, side, 0L, side, side));
    }

    /** With steps and padding as {@link dev.zoetrope.graph.op.Products#volumeConvolution} has them. */
    public Value apply(Operators operators, Value x, List<Long> strides, List<Long> pads) {
        Operators op = operators.in(place);
        return op.volumeConvolution(x, op.weight(weight), op.weight(bias), strides, pads);
    }
}
