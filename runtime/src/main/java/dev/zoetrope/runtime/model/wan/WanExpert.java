package dev.zoetrope.runtime.model.wan;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.graph.weight.LoraFile;
import dev.zoetrope.runtime.model.NetworkSlot;
import dev.zoetrope.runtime.model.SessionOpener;
import dev.zoetrope.runtime.model.SessionSlot;
import dev.zoetrope.runtime.sample.Denoiser;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One transformer of a folder: its two networks.
 *
 * @param name of its component folder
 * @param keysAndValues the part for texts
 * @param velocity the part for steps
 */
record WanExpert(String name, WanTransformerConfig config, NetworkSlot keysAndValues, NetworkSlot velocity)
        implements AutoCloseable {

    /** Builds the graphs of a component folder. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes the slots
    static WanExpert open(Path folder, List<LoraFile> loras, SessionOpener sessions, int slots) {
        return new WanExpert(
                String.valueOf(folder.getFileName()),
                WanTransformerConfig.read(folder.resolve("config.json")),
                sessions.network(WanTransformer.keysAndValues(folder, loras, ElementType.FLOAT)),
                sessions.network(WanTransformer.denoiser(folder, loras, NetworkForm.cpu(slots))));
    }

    Denoiser denoiser(int paddedTextTokens) {
        return new WanDenoiser(velocity, keysAndValues, config, paddedTextTokens);
    }

    /** The sessions worth opening ahead. */
    List<SessionSlot> lasting() {
        return Stream.of(keysAndValues, velocity)
                .flatMap(network -> network.lasting().stream())
                .toList();
    }

    /** Of the sessions that take more: the first is done when the second begins. */
    long largestBytes() {
        return Math.max(keysAndValues.bytes(), velocity.bytes());
    }

    /** Keys and values of a text of so many tokens. */
    long textBytes(int tokens) {
        return 2L * config.depth() * tokens * config.width() * Float.BYTES;
    }

    @Override
    public void close() {
        keysAndValues.close();
        velocity.close();
    }
}
