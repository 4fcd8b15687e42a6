package dev.zoetrope.runtime.model.wan;

import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.runtime.model.Network;
import dev.zoetrope.runtime.model.NetworkBinding;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.PromptCleaning;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.text.TextEncoder;
import dev.zoetrope.runtime.text.Tokenizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * Prompts as Wan's transformer takes them: cleaned, cut into tokens, encoded at their true length. The zeros that the reference
 * pads the states with are left to {@link WanDenoiser}. An empty prompt is one token, the end of the text.
 */
public final class Umt5TextEncoder implements TextEncoder {
    private final Network network;
    private final Supplier<? extends Tokenizer> tokenizer;
    private final int width;

    /**
     * @param network of {@link Umt5Encoder}, closed by its owner
     * @param tokenizer cuts at the model's limit; closed by its owner
     * @param width channels of a state
     */
    public Umt5TextEncoder(Network network, Supplier<? extends Tokenizer> tokenizer, int width) {
        this.network = network;
        this.tokenizer = tokenizer;
        this.width = width;
    }

    @Override
    public TextEmbedding encode(String prompt) {
        return encode(tokenizer.get().encode(PromptCleaning.clean(prompt)).ids());
    }

    private TextEmbedding encode(long[] ids) {
        // The embedding lives as long as somebody holds it: at most a few megabytes, left to the collector.
        Arena arena = Arena.ofAuto();
        MemorySegment states = TensorMemory.floats(arena, (long) ids.length * width);
        try (Arena scratch = Arena.ofShared();
                NetworkBinding binding = network.bind()) {
            MemorySegment tokens = scratch.allocateFrom(TensorMemory.LONG, ids);
            binding.bindInput("input_ids", Tensor.view(tokens, ElementType.INT64, ids.length));
            binding.bindOutput("last_hidden_state", Tensor.view(states, ElementType.FLOAT32, ids.length, width));
            binding.run();
        }
        return TextEmbedding.of(states, ids.length, width);
    }
}
