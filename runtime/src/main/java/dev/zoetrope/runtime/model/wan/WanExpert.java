package dev.zoetrope.runtime.model.wan;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.runtime.model.SessionOpener;
import dev.zoetrope.runtime.model.SessionSlot;
import dev.zoetrope.runtime.sample.Denoiser;
import java.nio.file.Path;
import java.util.List;

/**
 * One transformer of a folder: its two graphs and their sessions.
 *
 * @param name of its component folder
 * @param keysAndValues session of the part for texts
 * @param velocity session of the part for steps
 */
record WanExpert(String name, WanTransformerConfig config, SessionSlot keysAndValues, SessionSlot velocity)
        implements AutoCloseable {

    /** Builds the graphs of a component folder. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes the slots
    static WanExpert open(Path folder, SessionOpener sessions, int slots) {
        return new WanExpert(
                String.valueOf(folder.getFileName()),
                WanTransformerConfig.read(folder.resolve("config.json")),
                sessions.slot(WanTransformer.keysAndValues(folder)),
                sessions.slot(WanTransformer.denoiser(folder, AttentionForm.SPLIT, slots)));
    }

    Denoiser denoiser(int paddedTextTokens) {
        return new WanDenoiser(velocity, keysAndValues, config, paddedTextTokens);
    }

    List<SessionSlot> slots() {
        return List.of(keysAndValues, velocity);
    }

    /** Of the session that takes more: the first is done when the second begins. */
    long largestBytes() {
        return Math.max(keysAndValues.bytes(), velocity.bytes());
    }

    @Override
    public void close() {
        keysAndValues.close();
        velocity.close();
    }
}
