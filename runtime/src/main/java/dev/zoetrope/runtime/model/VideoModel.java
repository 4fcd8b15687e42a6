package dev.zoetrope.runtime.model;

import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.text.TextEncoder;
import dev.zoetrope.runtime.text.Tokenizer;
import dev.zoetrope.runtime.text.UnknownWord;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A model folder, opened: all that an engine needs of a model family. Owns its sessions; the environment is the
 * caller's and must outlive it. Thread-safe for opening and closing; the parts it hands out say their own rules, and
 * are the same objects each time.
 */
public interface VideoModel extends AutoCloseable {
    ModelFolder folder();

    /** What it is called where clips say what made them. */
    String name();

    /** What it renders when the request does not say. */
    ModelDefaults defaults();

    /** The noise levels its samplers visit. */
    ModelSchedule schedule();

    /** What it takes beside a prompt. */
    default Abilities abilities() {
        return Abilities.ALL;
    }

    /** How its segments are packed. */
    PackingOptions packing();

    Tokenizer tokenizer();

    /** Text tokens read; longer prompts are cut. */
    int maxTextTokens();

    TextEncoder textEncoder();

    /**
     * The words of a prompt that the model was not trained on; empty when it knows all, and when its folder does not say
     * what it knows.
     */
    default List<UnknownWord> unknownWords(String prompt) {
        return List.of();
    }

    Denoiser denoiser();

    Compressor compressor();

    /** What has to be in memory at which time; reads the headers of the weight files. */
    List<ModelStage> stages();

    /** Opens what a render needs, each part on a thread of the executor; failures show when the part is used. */
    void warm(Executor executor);

    /** Waits for runs in flight and frees every session. */
    @Override
    void close();
}
