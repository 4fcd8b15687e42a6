package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.text.Tokenizer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A model's tokenizer, opened when first asked for and closed with the model. Thread-safe. */
public final class TokenizerSlot implements Supplier<Tokenizer>, AutoCloseable {
    private final Opener opener;
    private @Nullable Tokenizer tokenizer;

    /** Opens the tokenizer; the slot closes it. */
    @FunctionalInterface
    public interface Opener {
        @MustBeClosed
        Tokenizer open();
    }

    public TokenizerSlot(Opener opener) {
        this.opener = opener;
    }

    @Override
    @SuppressWarnings("MustBeClosed") // close() closes it
    public synchronized Tokenizer get() {
        Tokenizer opened = tokenizer;
        if (opened == null) {
            opened = opener.open();
            tokenizer = opened;
        }
        return opened;
    }

    @Override
    public synchronized void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
