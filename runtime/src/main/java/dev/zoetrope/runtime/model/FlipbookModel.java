package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.flipbook.CodecConfig;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.flipbook.FrameForm;
import dev.zoetrope.graph.model.flipbook.TransformerConfig;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.text.NearestWords;
import dev.zoetrope.runtime.text.TextEncoder;
import dev.zoetrope.runtime.text.Tokenizer;
import dev.zoetrope.runtime.text.UnknownWord;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Flipbook, opened: text encoder, transformer, codec. Sessions are opened when first used; {@link #warm} opens them
 * ahead, side by side. Owns its sessions; the environment is the caller's and must outlive it. Thread-safe for opening
 * and closing; the parts it hands out say their own rules.
 */
public final class FlipbookModel implements AutoCloseable {
    /** The pipeline class in model_index.json that this family answers to. */
    public static final String PIPELINE_CLASS = "FlipbookPipeline";

    /** Segments of one packed sequence; guidance takes two a clip. */
    public static final int SLOTS = 16;

    private final ModelFolder folder;
    private final ModelDefaults defaults;
    private final TransformerConfig transformerConfig;
    private final SessionSlot textSession;
    private final SessionSlot transformerSession;
    private final SessionSlot decoderSession;
    private final SessionSlot encoderSession;
    private final TokenizerSlot tokenizer;
    private final TextEncoder textEncoder;
    private final Optional<NearestWords> words;
    private final Denoiser denoiser;
    private final Compressor compressor;

    private FlipbookModel(ModelFolder folder, Environment environment, Provider provider) {
        this.folder = folder;
        this.defaults = ModelDefaults.read(folder);
        var transformerFolder = folder.component("transformer");
        var codecFolder = folder.component("vae");
        this.transformerConfig = TransformerConfig.read(transformerFolder.resolve("config.json"));
        CodecConfig codecConfig = CodecConfig.read(codecFolder.resolve("config.json"));
        this.transformerSession = new SessionSlot(() ->
                open(environment, provider, FlipbookTransformer.build(transformerFolder, AttentionForm.SPLIT, SLOTS)));
        this.decoderSession =
                new SessionSlot(() -> open(environment, provider, FlipbookCodec.decoder(codecFolder, FrameForm.RGB8)));
        this.encoderSession = new SessionSlot(() -> open(environment, provider, FlipbookCodec.encoder(codecFolder)));
        // int8 kernels exist for the CPU alone, and the states are a few kilobytes once a render.
        this.textSession = new SessionSlot(() ->
                Session.open(environment, SessionOptions.of("text encoder").withMemoryPattern(false), MiniLm.graph()));
        this.tokenizer = new TokenizerSlot(transformerConfig.maxTextTokens());
        this.textEncoder = new LazyTextEncoder();
        this.words = WordVectors.read(folder, textEncoder);
        this.denoiser = new SessionDenoiser(
                transformerSession, transformerConfig.latentChannels(), transformerConfig.textWidth());
        this.compressor = new FlipbookCompressor(encoderSession, decoderSession, codecConfig);
    }

    /** Opens a folder of this family. Nothing native is opened yet. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    public static FlipbookModel open(ModelFolder folder, Environment environment, Provider provider) {
        if (!folder.pipelineClass().equals(PIPELINE_CLASS)) {
            throw new ModelException("model folder " + folder.path() + ": expected _class_name " + PIPELINE_CLASS
                    + " in model_index.json, found '" + folder.pipelineClass()
                    + "' (this version runs flipbook folders only)");
        }
        return SessionSlot.translated(() -> new FlipbookModel(folder, environment, provider));
    }

    public ModelFolder folder() {
        return folder;
    }

    public ModelDefaults defaults() {
        return defaults;
    }

    /** How segments of this model are packed. */
    public PackingOptions packing() {
        return new PackingOptions(transformerConfig.latentChannels(), transformerConfig.textWidth(), SLOTS, false);
    }

    public Tokenizer tokenizer() {
        return tokenizer.get();
    }

    /** Text tokens read; longer prompts are cut. */
    public int maxTextTokens() {
        return transformerConfig.maxTextTokens();
    }

    public TextEncoder textEncoder() {
        return textEncoder;
    }

    /**
     * The words of a prompt that the model was not trained on; empty when it knows all, and when its folder does not say
     * what it knows.
     */
    public List<UnknownWord> unknownWords(String prompt) {
        return words.map(nearest -> nearest.unknownIn(prompt, maxTextTokens())).orElse(List.of());
    }

    public Denoiser denoiser() {
        return denoiser;
    }

    public Compressor compressor() {
        return compressor;
    }

    /** Opens what a render needs, each part on a thread of the executor; failures show when the part is used. */
    public void warm(Executor executor) {
        for (Supplier<?> slot : List.<Supplier<?>>of(tokenizer, textSession, transformerSession, decoderSession)) {
            executor.execute(() -> {
                try {
                    var _ = slot.get();
                } catch (ModelException | IllegalStateException e) {
                    System.getLogger(FlipbookModel.class.getName())
                            .log(System.Logger.Level.DEBUG, "opening ahead failed; the render will say why", e);
                }
            });
        }
    }

    @MustBeClosed
    private static Session open(Environment environment, Provider provider, OnnxModel model) {
        SessionOptions options = SessionOptions.of(model.name())
                .withProvider(provider)
                .withMemoryPattern(false) // shapes vary from request to request
                .withExternalDataFolder(model.weightFolder());
        return Session.open(environment, options, model.bytes());
    }

    @Override
    public void close() {
        textSession.close();
        transformerSession.close();
        decoderSession.close();
        encoderSession.close();
        tokenizer.close();
    }

    /** Opens the text session with its first prompt. */
    private final class LazyTextEncoder implements TextEncoder {
        @Override
        public dev.zoetrope.runtime.text.TextEmbedding encode(String prompt) {
            return new MiniLmTextEncoder(
                            textSession.get(),
                            tokenizer.get(),
                            transformerConfig.textWidth(),
                            transformerConfig.textScale())
                    .encode(prompt);
        }
    }

    /** The tokenizer, opened when first asked for. */
    private static final class TokenizerSlot implements Supplier<Tokenizer>, AutoCloseable {
        private final int maxTokens;
        private @Nullable Tokenizer tokenizer;

        TokenizerSlot(int maxTokens) {
            this.maxTokens = maxTokens;
        }

        @Override
        @SuppressWarnings("MustBeClosed") // close() closes it
        public synchronized Tokenizer get() {
            Tokenizer opened = tokenizer;
            if (opened == null) {
                opened = MiniLm.openTokenizer(maxTokens);
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
}
