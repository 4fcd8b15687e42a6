package dev.zoetrope.graph.op;

import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Matrix products and convolutions. */
public sealed interface Products extends OperatorSet permits Operators {
    /**
     * x times the transposed weight, plus the bias: PyTorch's linear layer on its own {@code [out, in]} layout.
     *
     * @param x {@code [rows, in]}
     * @param weight {@code [out, in]}
     * @param bias {@code [out]} or none
     * @return {@code [rows, out]}
     */
    default Value linear(Value x, Value weight, Value bias) {
        OperatorSet.requireRank("Gemm", x, 2);
        OperatorSet.requireRank("Gemm", weight, 2);
        OperatorSet.requireType("Gemm", weight, x.type());
        OperatorSet.requireSize("Gemm", x, 1, weight.shape().get(1));
        List<Value> inputs = withBias("Gemm", List.of(x, weight), bias);
        Shape shape = Shape.of(x.shape().get(0), weight.shape().get(0));
        return emit("", "Gemm", inputs, Map.of("transB", Attribute.of(1)), x.type(), shape);
    }

    /**
     * The same with a weight in few bits: ONNX Runtime's {@code MatMulNBits}. A number is {@code scale * (stored - 2^(bits-1))}.
     *
     * @param x {@code [rows, in]} float32
     * @param weight {@code [out, blocks, bytes of a block]} uint8
     * @param scale {@code [out, blocks]} float32
     * @param block numbers with a common scale
     * @param bits 4 or 8
     * @param bias {@code [out]} or none
     * @return {@code [rows, out]}
     */
    default Value quantizedLinear(Value x, Value weight, Value scale, int block, int bits, Value bias) {
        String operator = "MatMulNBits";
        OperatorSet.requireRank(operator, x, 2);
        OperatorSet.requireType(operator, weight, ElementType.UINT8);
        OperatorSet.requireType(operator, scale, x.type());
        long in = x.shape().get(1).size();
        long out = weight.shape().get(0).size();
        long blocks = Math.ceilDiv(in, block);
        if (!weight.shape().equals(Shape.of(out, blocks, (long) block * bits / Byte.SIZE))) {
            throw OperatorSet.refuse(
                    operator, weight, blocks + " blocks of " + block + " numbers of " + bits + " bits");
        }
        if (!scale.shape().equals(Shape.of(out, blocks))) {
            throw OperatorSet.refuse(operator, scale, "shape [" + out + ", " + blocks + "]");
        }
        List<Value> inputs = new ArrayList<>(List.of(x, weight, scale));
        if (!bias.isNone()) {
            OperatorSet.requireSize(operator, bias, 0, Dimension.of(out));
            inputs.addAll(List.of(Value.none(), Value.none(), bias)); // zero points, order of the columns: not used
        }
        Map<String, Attribute> attributes = Map.of(
                "K", Attribute.of(in),
                "N", Attribute.of(out),
                "bits", Attribute.of(bits),
                "block_size", Attribute.of(block));
        return emit(
                MICROSOFT,
                operator,
                inputs,
                attributes,
                x.type(),
                Shape.of(x.shape().get(0), Dimension.of(out)));
    }

    /** {@code [rows, inner]} times {@code [inner, columns]}. */
    default Value matrixProduct(Value a, Value b) {
        OperatorSet.requireRank("MatMul", a, 2);
        OperatorSet.requireRank("MatMul", b, 2);
        OperatorSet.requireType("MatMul", b, a.type());
        OperatorSet.requireSize("MatMul", a, 1, b.shape().get(0));
        Shape shape = Shape.of(a.shape().get(0), b.shape().get(1));
        return emit("", "MatMul", List.of(a, b), Map.of(), a.type(), shape);
    }

    /**
     * A 2-D convolution with zero padding that keeps height and width.
     *
     * @param x {@code [n, in, height, width]}
     * @param weight {@code [out, in, kernel, kernel]}, kernel odd
     * @param bias {@code [out]} or none
     * @return {@code [n, out, height, width]}
     */
    default Value convolution(Value x, Value weight, Value bias) {
        OperatorSet.requireRank("Conv", x, 4);
        OperatorSet.requireRank("Conv", weight, 4);
        OperatorSet.requireType("Conv", weight, x.type());
        OperatorSet.requireSize("Conv", x, 1, weight.shape().get(1));
        long kernel = weight.shape().get(2).size();
        if (kernel % 2 == 0 || !weight.shape().get(3).is(kernel)) {
            throw OperatorSet.refuse("Conv", weight, "a square kernel of odd size");
        }
        long padding = kernel / 2;
        Map<String, Attribute> attributes = Map.of(
                "kernel_shape", Attribute.of(List.of(kernel, kernel)),
                "pads", Attribute.of(List.of(padding, padding, padding, padding)));
        Shape shape = x.shape().with(1, weight.shape().get(0));
        return emit("", "Conv", withBias("Conv", List.of(x, weight), bias), attributes, x.type(), shape);
    }

    /**
     * A 3-D convolution over frames and pixels.
     *
     * @param x {@code [n, in, frames, height, width]}
     * @param weight {@code [out, in, kernelFrames, kernelHeight, kernelWidth]}
     * @param bias {@code [out]} or none
     * @param strides steps along frames, height and width
     * @param pads zeros before the first frame, row and column, then after the last
     */
    default Value volumeConvolution(Value x, Value weight, Value bias, List<Long> strides, List<Long> pads) {
        OperatorSet.requireRank("Conv", x, 5);
        OperatorSet.requireRank("Conv", weight, 5);
        OperatorSet.requireType("Conv", weight, x.type());
        OperatorSet.requireSize("Conv", x, 1, weight.shape().get(1));
        Shape shape = x.shape().with(1, weight.shape().get(0));
        List<Long> kernel = new ArrayList<>();
        for (int axis = 0; axis < 3; axis++) {
            long size = weight.shape().get(axis + 2).size();
            long stride = strides.get(axis);
            long added = pads.get(axis) + pads.get(axis + 3);
            kernel.add(size);
            Dimension moves = x.shape().get(axis + 2).plus(added - size);
            shape = shape.with(axis + 2, moves.dividedBy(stride).plus(1));
        }
        Map<String, Attribute> attributes = Map.of(
                "kernel_shape", Attribute.of(kernel), "strides", Attribute.of(strides), "pads", Attribute.of(pads));
        return emit("", "Conv", withBias("Conv", List.of(x, weight), bias), attributes, x.type(), shape);
    }

    private static List<Value> withBias(String operator, List<Value> operands, Value bias) {
        if (bias.isNone()) {
            return operands;
        }
        Value weight = operands.get(1);
        Dimension out = weight.shape().get(0);
        OperatorSet.requireRank(operator, bias, 1);
        OperatorSet.requireSize(operator, bias, 0, out);
        OperatorSet.requireType(operator, bias, weight.type());
        return List.of(operands.get(0), weight, bias);
    }
}
