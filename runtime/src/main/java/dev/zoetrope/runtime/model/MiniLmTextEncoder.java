package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.text.TextEncoder;
import dev.zoetrope.runtime.text.Tokenizer;
import dev.zoetrope.runtime.text.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * all-MiniLM-L6-v2, quantised, as its Maven jar ships it: token states {@code [1, tokens, width]}, scaled to the
 * deviation the transformer was trained with.
 */
final class MiniLmTextEncoder implements TextEncoder {
    private final Session session;
    private final Tokenizer tokenizer;
    private final int width;
    private final float scale;

    MiniLmTextEncoder(Session session, Tokenizer tokenizer, int width, double scale) {
        this.session = session;
        this.tokenizer = tokenizer;
        this.width = width;
        this.scale = (float) scale;
    }

    @Override
    public TextEmbedding encode(String prompt) {
        Tokens tokens = tokenizer.encode(prompt);
        int count = tokens.ids().length;
        // The embedding lives as long as somebody holds it: a few kilobytes, left to the collector.
        Arena arena = Arena.ofAuto();
        MemorySegment states = TensorMemory.floats(arena, (long) count * width);
        try (Arena scratch = Arena.ofShared();
                Binding binding = session.createBinding()) {
            bind(binding, scratch, "input_ids", tokens.ids());
            bind(binding, scratch, "attention_mask", tokens.attentionMask());
            bind(binding, scratch, "token_type_ids", tokens.typeIds());
            binding.bindOutput("last_hidden_state", Tensor.view(states, ElementType.FLOAT32, 1, count, width));
            binding.run();
        }
        for (long i = 0; i < (long) count * width; i++) {
            states.setAtIndex(TensorMemory.FLOAT, i, states.getAtIndex(TensorMemory.FLOAT, i) * scale);
        }
        return TextEmbedding.of(states, count, width);
    }

    private static void bind(Binding binding, Arena scratch, String name, long[] values) {
        MemorySegment segment = scratch.allocateFrom(TensorMemory.LONG, values);
        binding.bindInput(name, Tensor.view(segment, ElementType.INT64, 1, values.length));
    }
}
