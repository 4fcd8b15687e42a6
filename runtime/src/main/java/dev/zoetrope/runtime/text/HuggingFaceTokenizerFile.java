package dev.zoetrope.runtime.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A {@code tokenizer.json} run by the Hugging Face tokenizers library (through DJL, whose jar carries the native part;
 * nothing is downloaded). Owns native memory.
 */
public final class HuggingFaceTokenizerFile implements Tokenizer {
    private final HuggingFaceTokenizer tokenizer;

    private HuggingFaceTokenizerFile(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a tokenizer.
     *
     * @param json the content of a tokenizer.json
     * @param maxTokens longer texts are cut here, special tokens counted
     * @param nativeCache folder for the unpacked native library, unless the process already chose one
     */
    @MustBeClosed
    public static HuggingFaceTokenizerFile open(InputStream json, int maxTokens, Path nativeCache) {
        setIfAbsent("ai.djl.offline", "true");
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("ENGINE_CACHE_DIR", nativeCache.toString());
        Map<String, String> options =
                Map.of("truncation", "true", "maxLength", String.valueOf(maxTokens), "padding", "false");
        try {
            return new HuggingFaceTokenizerFile(HuggingFaceTokenizer.newInstance(json, options));
        } catch (IOException | RuntimeException e) {
            throw new ModelException(
                    "tokenizer: expected a tokenizer.json of the Hugging Face library, found: " + e, e);
        }
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    @Override
    public Tokens encode(String text) {
        Encoding encoding = tokenizer.encode(PromptCleaning.wellFormed(text));
        return new Tokens(
                encoding.getIds(),
                encoding.getAttentionMask(),
                encoding.getTypeIds(),
                Arrays.asList(encoding.getTokens()),
                encoding.exceedMaxLength());
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
