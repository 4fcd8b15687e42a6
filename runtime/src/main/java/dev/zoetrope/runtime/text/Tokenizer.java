package dev.zoetrope.runtime.text;

/** Cuts a text into a model's tokens. Thread-safe. */
public interface Tokenizer extends AutoCloseable {
    /** Tokens of any text, special tokens included, cut at the limit the tokenizer was opened with. */
    Tokens encode(String text);

    @Override
    void close();
}
