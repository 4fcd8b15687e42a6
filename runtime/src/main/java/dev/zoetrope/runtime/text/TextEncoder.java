package dev.zoetrope.runtime.text;

/** Turns a prompt into token states. Thread-safe. */
public interface TextEncoder {
    /** The states {@code [tokens, width]} of a prompt, scaled as the transformer was trained, cut at its limit. */
    TextEmbedding encode(String prompt);

    /** The text that guidance leads away from where no negative prompt is given: that of an empty one. */
    default TextEmbedding encodeNothing() {
        return encode("");
    }
}
