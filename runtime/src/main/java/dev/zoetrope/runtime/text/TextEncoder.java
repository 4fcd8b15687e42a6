package dev.zoetrope.runtime.text;

/** Turns a prompt into token states. Thread-safe. */
public interface TextEncoder {
    /** The states {@code [tokens, width]} of a prompt, scaled as the transformer was trained, cut at its limit. */
    TextEmbedding encode(String prompt);
}
