package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.CodecConfig;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.flipbook.TransformerConfig;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.text.NearestWords;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.text.TextEncoder;
import dev.zoetrope.runtime.text.Tokenizer;
import dev.zoetrope.runtime.text.UnknownWord;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;

/** Flipbook, opened. Sessions are opened when first used; {@link #warm} opens them ahead, side by side. */
final class FlipbookModel implements VideoModel {
    /** The pipeline class in model_index.json that this family answers to. */
    static final String PIPELINE_CLASS = "FlipbookPipeline";

    /** Segments of one packed sequence; guidance takes two a clip. */
    static final int SLOTS = 16;

    /** Of each of its sessions, at most: the weights of none are larger. */
    private static final long SESSION_BYTES = 64L << 20;

    private final ModelFolder folder;
    private final ModelDefaults defaults;
    private final FlipbookSchedule schedule;
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

    @SuppressWarnings("MustBeClosed") // close() closes the slots
    private FlipbookModel(ModelFolder folder, SessionOpener sessions) {
        if (!folder.loras().isEmpty()) {
            throw new ModelException("lora: expected a Wan model to add it to (--model DIR), found flipbook");
        }
        this.folder = folder;
        this.defaults = ModelDefaults.readFlipbook(folder);
        this.schedule = FlipbookSchedule.read(folder);
        var transformerFolder = folder.component("transformer");
        var codecFolder = folder.component("vae");
        this.transformerConfig = TransformerConfig.read(transformerFolder.resolve("config.json"));
        CodecConfig codecConfig = CodecConfig.read(codecFolder.resolve("config.json"));
        this.transformerSession = sessions.slot(
                SESSION_BYTES, () -> FlipbookTransformer.build(transformerFolder, NetworkForm.cpu(SLOTS)));
        this.decoderSession = sessions.slot(SESSION_BYTES, () -> FlipbookCodec.decoder(codecFolder, FrameForm.RGB8));
        this.encoderSession = sessions.slot(SESSION_BYTES, () -> FlipbookCodec.encoder(codecFolder));
        // int8 kernels exist for the CPU alone, and the states are a few kilobytes once a render.
        this.textSession = new SessionSlot(
                () -> Session.open(
                        sessions.environment(),
                        SessionOptions.of("text encoder").withMemoryPattern(false),
                        MiniLm.graph()),
                SESSION_BYTES,
                sessions.budget());
        this.tokenizer = new TokenizerSlot(() -> MiniLm.openTokenizer(transformerConfig.maxTextTokens()));
        this.textEncoder = new LazyTextEncoder();
        this.words = WordVectors.read(folder, textEncoder);
        this.denoiser = new SessionDenoiser(transformerSession, transformerConfig);
        this.compressor = new FlipbookCompressor(
                encoderSession, decoderSession, codecConfig, new LinearCodec(codecFolder, codecConfig));
    }

    /** Opens a folder of this family. Nothing native is opened yet. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    static FlipbookModel open(ModelFolder folder, SessionOpener sessions) {
        return new FlipbookModel(folder, sessions);
    }

    /** Every graph of a folder, by file name. */
    static SortedMap<String, OnnxModel> graphs(ModelFolder folder) {
        SortedMap<String, OnnxModel> graphs = new TreeMap<>();
        for (AttentionForm form : AttentionForm.values()) {
            graphs.put(
                    "transformer/transformer-" + form.name().toLowerCase(Locale.ROOT) + ".onnx",
                    FlipbookTransformer.build(folder.component("transformer"), NetworkForm.of(form, SLOTS)));
        }
        graphs.put("vae/encoder.onnx", FlipbookCodec.encoder(folder.component("vae")));
        graphs.put("vae/decoder.onnx", FlipbookCodec.decoder(folder.component("vae"), FrameForm.RGB8));
        return graphs;
    }

    @Override
    public ModelFolder folder() {
        return folder;
    }

    @Override
    public String name() {
        return folder.index().path("_name_or_path").asText("flipbook");
    }

    @Override
    public ModelDefaults defaults() {
        return defaults;
    }

    @Override
    public ModelSchedule schedule() {
        return schedule;
    }

    @Override
    public PackingOptions packing() {
        return new PackingOptions(transformerConfig.latentChannels(), transformerConfig.textWidth(), SLOTS, false);
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer.get();
    }

    @Override
    public int maxTextTokens() {
        return transformerConfig.maxTextTokens();
    }

    @Override
    public TextEncoder textEncoder() {
        return textEncoder;
    }

    @Override
    public List<UnknownWord> unknownWords(String prompt) {
        return words.map(nearest -> nearest.unknownIn(prompt, maxTextTokens())).orElse(List.of());
    }

    @Override
    public Denoiser denoiser() {
        return denoiser;
    }

    @Override
    public Compressor compressor() {
        return compressor;
    }

    /** The text encoder comes in a jar and is small. */
    @Override
    public List<ModelStage> stages() {
        ModelPart codec = ModelPart.read(folder.component("vae"));
        return List.of(
                ModelStage.of(ModelStage.Use.ENCODE, codec),
                ModelStage.of(ModelStage.Use.DENOISE, ModelPart.read(folder.component("transformer"))),
                ModelStage.of(ModelStage.Use.DECODE, codec));
    }

    @Override
    public void warm(Executor executor) {
        SessionSlot.openAhead(executor, List.of(tokenizer, textSession, transformerSession, decoderSession));
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
        public TextEmbedding encode(String prompt) {
            return new MiniLmTextEncoder(
                            textSession.get(),
                            tokenizer.get(),
                            transformerConfig.textWidth(),
                            transformerConfig.textScale())
                    .encode(prompt);
        }

        /** Trained with the prompt dropped, not with an empty one. */
        @Override
        public TextEmbedding encodeNothing() {
            return TextEmbedding.empty(Arena.ofAuto(), transformerConfig.textWidth());
        }
    }
}
