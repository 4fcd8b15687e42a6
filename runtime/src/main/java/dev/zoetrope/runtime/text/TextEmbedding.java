package dev.zoetrope.runtime.text;

import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A prompt as the transformer sees it: one state per text token, and their mean. Does not own the memory of its states:
 * the arena that they were allocated in must outlive it. Immutable by agreement: nobody writes to the states.
 */
public final class TextEmbedding {
    private final int tokens;
    private final int width;
    private final MemorySegment states;
    private final float[] pooled;

    /**
     * @param tokens true length, at least 1
     * @param states {@code [tokens, width]}, f32 off heap, already scaled
     * @param pooled {@code [width]}, the mean over the true tokens
     * @param width channels of a state
     */
    public TextEmbedding(int tokens, MemorySegment states, float[] pooled, int width) {
        if (tokens < 1 || states.byteSize() != (long) tokens * width * Float.BYTES) {
            throw new IllegalArgumentException("text states: expected at least 1 token of " + width + " floats, found "
                    + tokens + " tokens in " + states.byteSize() + " bytes");
        }
        if (pooled.length != width) {
            throw new IllegalArgumentException("pooled text: expected " + width + " floats, found " + pooled.length);
        }
        this.tokens = tokens;
        this.width = width;
        this.states = states;
        this.pooled = pooled.clone();
    }

    /** Takes states {@code [tokens, width]} and computes their mean. */
    public static TextEmbedding of(MemorySegment states, int tokens, int width) {
        float[] pooled = new float[width];
        for (int channel = 0; channel < width; channel++) {
            double sum = 0;
            for (int token = 0; token < tokens; token++) {
                sum += states.getAtIndex(TensorMemory.FLOAT, (long) token * width + channel);
            }
            pooled[channel] = (float) (sum / tokens);
        }
        return new TextEmbedding(tokens, states, pooled, width);
    }

    /** The dropped prompt of classifier-free guidance: one token of zeros. */
    public static TextEmbedding empty(Arena arena, int width) {
        return new TextEmbedding(1, TensorMemory.floats(arena, width), new float[width], width);
    }

    public int tokens() {
        return tokens;
    }

    public int width() {
        return width;
    }

    /** {@code [tokens, width]}, f32 off heap. */
    public MemorySegment states() {
        return states;
    }

    /** {@code [width]}, a copy. */
    public float[] pooled() {
        return pooled.clone();
    }
}
