package dev.zoetrope.runtime.model.wan;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.library.CacheFolder;
import dev.zoetrope.graph.model.wan.Umt5Config;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.model.Abilities;
import dev.zoetrope.runtime.model.DiffusersSchedule;
import dev.zoetrope.runtime.model.ModelDefaults;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.ModelPart;
import dev.zoetrope.runtime.model.ModelSchedule;
import dev.zoetrope.runtime.model.ModelStage;
import dev.zoetrope.runtime.model.NetworkSlot;
import dev.zoetrope.runtime.model.SessionOpener;
import dev.zoetrope.runtime.model.SessionSlot;
import dev.zoetrope.runtime.model.TokenizerSlot;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.sample.ExpertDenoiser;
import dev.zoetrope.runtime.text.HuggingFaceTokenizerFile;
import dev.zoetrope.runtime.text.TextEncoder;
import dev.zoetrope.runtime.text.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * A Wan folder, opened. Graphs are built at once, so that a folder with a wrong or missing weight is refused before any work;
 * sessions are opened when first used.
 */
public final class WanModel implements VideoModel {
    /** Segments of one packed sequence; guidance takes two a clip. */
    static final int SLOTS = 8;

    /** Length that Wan saw every text padded to. */
    private static final int TEXT_TOKENS = 512;

    /** Cells of the autoencoder to a side of a token. */
    private static final int PATCH = 2;

    private final ModelFolder folder;
    private final WanSettings settings;
    private final DiffusersSchedule schedule;
    private final WanTransformerConfig config;
    private final int textTokens;
    private final Umt5Config text;
    private final TokenizerSlot tokenizer;
    private final NetworkSlot textNetwork;
    private final List<WanExpert> experts;
    private final List<SessionSlot> codecSessions = new ArrayList<>();
    private final TextEncoder textEncoder;
    private final Denoiser denoiser;
    private final WanCompressor compressor;

    @SuppressWarnings("MustBeClosed") // close() closes the slots
    private WanModel(ModelFolder folder, SessionOpener sessions) {
        this.folder = folder;
        this.settings = WanSettings.read(folder);
        this.schedule = DiffusersSchedule.read(folder);
        this.textTokens = textTokens(folder);
        WanGraphs.requireFitting(folder, settings);
        Path encoder = folder.component("text_encoder");
        this.text = Umt5Config.read(encoder.resolve("config.json"));
        this.tokenizer = new TokenizerSlot(this::openTokenizer);
        this.textNetwork = sessions.network(Umt5Encoder.build(encoder, textTokens));
        this.experts = settings.transformers().stream()
                .map(name -> WanExpert.open(folder.component(name), folder.loras(name), sessions, SLOTS))
                .toList();
        this.config = experts.getFirst().config();
        this.textEncoder = new Umt5TextEncoder(textNetwork, tokenizer, config.textWidth());
        this.denoiser = openDenoiser();
        this.compressor = WanCompressor.open(folder.component("vae"), Tiling.REFERENCE, graph -> {
            SessionSlot slot = sessions.slot(graph);
            codecSessions.add(slot);
            return slot;
        });
    }

    /** Opens a folder of this family. Nothing native is opened yet. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    public static WanModel open(ModelFolder folder, SessionOpener sessions) {
        return new WanModel(folder, sessions);
    }

    /** A tokenizer made for shorter texts has its way. */
    static int textTokens(ModelFolder folder) {
        Path file = folder.component("tokenizer").resolve("tokenizer_config.json");
        if (!Files.exists(file)) {
            return TEXT_TOKENS;
        }
        JsonNode limit = folder.readConfig("tokenizer/tokenizer_config.json").path("model_max_length");
        return limit.isNumber() && limit.asDouble() >= 1 ? (int) Math.min(TEXT_TOKENS, limit.asDouble()) : TEXT_TOKENS;
    }

    @MustBeClosed
    private Tokenizer openTokenizer() {
        Path file = folder.component("tokenizer").resolve("tokenizer.json");
        try (InputStream json = Files.newInputStream(file)) {
            return HuggingFaceTokenizerFile.open(
                    json, textTokens, CacheFolder.current().resolve("tokenizers"));
        } catch (NoSuchFileException e) {
            throw new ModelException("model folder: expected a file " + file + ", found none", e);
        } catch (IOException e) {
            throw new ModelException("model file " + file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private Denoiser openDenoiser() {
        Denoiser first = experts.getFirst().denoiser(textTokens);
        return settings.boundary() == 0
                ? first
                : new ExpertDenoiser(first, experts.getLast().denoiser(textTokens), settings.boundary());
    }

    @Override
    public ModelFolder folder() {
        return folder;
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public ModelDefaults defaults() {
        return settings.defaults();
    }

    @Override
    public ModelSchedule schedule() {
        return schedule;
    }

    @Override
    public Abilities abilities() {
        return settings.abilities();
    }

    @Override
    public PackingOptions packing() {
        return new PackingOptions(
                config.tokenNumbers(), config.textWidth(), SLOTS, false, config.conditionNumbers(), PATCH);
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer.get();
    }

    @Override
    public int maxTextTokens() {
        return textTokens;
    }

    @Override
    public TextEncoder textEncoder() {
        return textEncoder;
    }

    @Override
    public Denoiser denoiser() {
        return denoiser;
    }

    @Override
    public Compressor compressor() {
        return compressor;
    }

    /** Of a transformer, the part for texts makes room for the other; the two transformers make room for each other. */
    @Override
    public List<ModelStage> stages() {
        ModelPart codec = ModelPart.read(folder.component("vae"));
        List<ModelStage> stages = new ArrayList<>();
        stages.add(new ModelStage(
                ModelStage.Use.TEXT,
                ModelPart.read(folder.component("text_encoder")),
                textNetwork.bytes(),
                textWorkingBytes()));
        stages.add(new ModelStage(ModelStage.Use.ENCODE, codec, compressor.encoderBytes(), 0));
        for (WanExpert expert : experts) {
            stages.add(new ModelStage(
                    ModelStage.Use.DENOISE,
                    ModelPart.read(folder.component(expert.name())),
                    expert.largestBytes(),
                    2 * expert.textBytes(textTokens))); // of the prompt and of what guidance leads away from
        }
        stages.add(new ModelStage(ModelStage.Use.DECODE, codec, compressor.decoderBytes(), 0));
        return stages;
    }

    /** Of the longest text: scores, mixed and biased, of all heads, and the rows of the feed-forward part. */
    private long textWorkingBytes() {
        long scores = 5L * text.heads() * textTokens * textTokens;
        long rows = 4L * (text.feedForwardWidth() + text.width()) * textTokens;
        return (scores + rows) * Float.BYTES;
    }

    @Override
    public void warm(Executor executor) {
        List<Supplier<?>> slots = new ArrayList<>(List.of(tokenizer));
        slots.addAll(textNetwork.lasting());
        slots.addAll(experts.getFirst().lasting());
        SessionSlot.openAhead(executor, slots);
    }

    @Override
    public void close() {
        textNetwork.close();
        experts.forEach(WanExpert::close);
        codecSessions.forEach(SessionSlot::close);
        tokenizer.close();
    }
}
