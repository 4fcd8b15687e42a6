package dev.zoetrope.graph.weight;

import java.util.List;
import java.util.Optional;

/**
 * What a LoRA adds to a linear layer: {@code scale * up (down x) + biasScale * bias} (Hu et al., 2021, section 4.1). The layer's own
 * weight stays as it lies in its file.
 *
 * @param down {@code [rank, in]}
 * @param up {@code [out, rank]}
 * @param bias {@code [out]}; few LoRAs have one
 */
public record LowRank(WeightTensor down, WeightTensor up, Optional<WeightTensor> bias, float scale, float biasScale) {
    /** The same, if it fits a layer. */
    LowRank require(String place, long in, long out) {
        long rank = down.sizes().getFirst();
        if (!down.sizes().equals(List.of(rank, in)) || !up.sizes().equals(List.of(out, rank))) {
            throw WeightException.of(
                    down.file(),
                    "LoRA of " + place,
                    "matrices [rank, " + in + "] and [" + out + ", rank]",
                    down.sizes() + " and " + up.sizes() + " (made for another model)");
        }
        bias.ifPresent(tensor -> tensor.require(out));
        return this;
    }

    /** What it adds to a range of the layer's outputs. */
    public LowRank outputs(long from, long to) {
        return new LowRank(down, up.rows(from, to), bias.map(tensor -> tensor.rows(from, to)), scale, biasScale);
    }
}
