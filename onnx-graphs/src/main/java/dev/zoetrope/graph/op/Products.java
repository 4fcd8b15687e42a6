package dev.zoetrope.graph.op;

import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
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
