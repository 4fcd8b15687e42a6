package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.ChannelNorm;
import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.component.VolumeConvolution;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.List;
import java.util.Optional;

/**
 * The layers that encoder and decoder have in common, on {@code [1, channels, frames, height, width]}. Replicates diffusers'
 * {@code WanCausalConv3d}, {@code WanRMS_norm}, {@code WanResidualBlock} and {@code WanAttentionBlock} (0.42.1,
 * models/autoencoders/autoencoder_kl_wan.py).
 */
final class AutoencoderLayers {
    /** A vector shorter than this (2-norm) is not made longer: {@code torch.nn.functional.normalize}. */
    private static final double SHORTEST = 1e-12;

    /** No step in time, two pixels at once; zeros at the right and at the bottom. */
    static final List<Long> HALVE_PIXELS = List.of(1L, 2L, 2L);

    static final List<Long> ZEROS_RIGHT_AND_BELOW = List.of(0L, 0L, 0L, 0L, 1L, 1L);

    final Operators op;
    final FrameCaches caches;

    AutoencoderLayers(Operators op, FrameCaches caches) {
        this.op = op;
        this.caches = caches;
    }

    static int channels(Value x) {
        return Math.toIntExact(x.shape().get(1).size());
    }

    static long frames(Value x) {
        return x.shape().get(2).size();
    }

    /** 3 x 3 x 3, of which two frames lie before each frame. */
    Value causal(WeightScope scope, Value x, int out) {
        Value joined = caches.preceded(op.in(scope.path()), scope.path(), x, 2);
        return VolumeConvolution.of(scope, channels(x), out, 3, 3).apply(op, joined);
    }

    /** Three frames at each pixel, of which two lie before. */
    Value causalInTime(WeightScope scope, Value x, int out) {
        Value joined = caches.preceded(op.in(scope.path()), scope.path(), x, 2);
        return VolumeConvolution.of(scope, channels(x), out, 3, 1).apply(op, joined);
    }

    /** Length of each position's channels made {@code sqrt(channels)}, times a gain. */
    private Value norm(WeightScope scope, Value x, WeightTensor gain) {
        Operators at = op.in(scope.path());
        double epsilon = SHORTEST * SHORTEST / channels(x);
        return at.multiply(new ChannelNorm((float) epsilon).apply(at, x), at.weight(gain));
    }

    /** Norm, then SiLU. */
    Value activated(WeightScope scope, Value x) {
        Value normalised = norm(scope, x, scope.tensor("gamma", channels(x), 1, 1, 1));
        return op.in(scope.path()).silu(normalised);
    }

    Value residualBlock(WeightScope scope, Value x, int out) {
        Value inner = causal(scope.at("conv1"), activated(scope.at("norm1"), x), out);
        inner = causal(scope.at("conv2"), activated(scope.at("norm2"), inner), out);
        Value shortcut = channels(x) == out
                ? x
                : VolumeConvolution.of(scope.at("conv_shortcut"), channels(x), out, 1, 1)
                        .apply(op, x);
        return op.in(scope.path()).add(inner, shortcut);
    }

    /** The blocks between the stages: two residual ones, and attention of all cells of a frame to each other between them. */
    Value middle(WeightScope scope, Value x) {
        int channels = channels(x);
        Value inner = residualBlock(scope.at("resnets").at("0"), x, channels);
        inner = attention(scope.at("attentions").at("0"), inner);
        return residualBlock(scope.at("resnets").at("1"), inner, channels);
    }

    /** One head over one frame: at the latents' rate a chunk has no more. */
    private Value attention(WeightScope scope, Value x) {
        int channels = channels(x);
        Operators at = op.in(scope.path());
        WeightTensor gain = scope.at("norm").tensor("gamma", channels, 1, 1).reshaped(channels, 1, 1, 1);
        Value normalised = norm(scope.at("norm"), x, gain);
        Dimension cells = x.shape().get(3).times(x.shape().get(4));
        Value rows = at.transpose(at.reshape(normalised, Shape.of(Dimension.of(channels), cells)), 1, 0);
        Linear joint = pointwise(scope.at("to_qkv"), channels, 3L * channels);
        Value mixed = at.multiHeadAttention(
                at.unsqueeze(joint.outputs(0, channels).apply(op, rows), 0),
                at.unsqueeze(joint.outputs(channels, 2L * channels).apply(op, rows), 0),
                at.unsqueeze(joint.outputs(2L * channels, 3L * channels).apply(op, rows), 0),
                1,
                Value.none());
        Value projected = pointwise(scope.at("proj"), channels, channels).apply(op, at.squeeze(mixed, 0));
        return at.add(at.reshape(at.transpose(projected, 1, 0), x.shape()), x);
    }

    /** A 1 x 1 convolution as a matrix. */
    private static Linear pointwise(WeightScope scope, long in, long out) {
        WeightTensor weight = scope.tensor("weight", out, in, 1, 1).reshaped(out, in);
        return new Linear(scope.path(), weight, Optional.of(scope.tensor("bias", out)));
    }

    /** Numbers of each latent channel, {@code [1, channels, 1, 1, 1]}. */
    static Value perChannel(Operators op, float[] values) {
        return op.constant(values, 1, values.length, 1, 1, 1);
    }
}
