package dev.zoetrope.runtime.latent;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The transformer's inputs and output for some segments, end to end in one sequence. Buffers are named as the graph's
 * inputs, lie off heap at 64-byte boundaries, are made once per layout and are changed in place afterwards: a binding
 * to them stays valid until {@link #close}.
 *
 * <p>With S packed tokens, V latent rows, P predictions, T text tokens and G token groups: a segment is its text
 * tokens, then its latent tokens; a token group is a segment's text or one of its latents. P exceeds V where segments
 * share a clip's latents.
 *
 * <p>Owns its memory. Not thread-safe; any one thread at a time may use it. Closing it invalidates every buffer, so
 * whatever was bound to them must be closed before. The Python twin, which says the same index for index, is {@code
 * onnx-graphs/training/flipbook/packing.py}.
 */
public final class PackedSequence implements AutoCloseable {
    private final Arena arena;
    private final PackingOptions options;
    private final PackedExtent extent;
    private final MemorySegment latent;
    private final MemorySegment text;
    private final MemorySegment order;
    private final MemorySegment visual;
    private final MemorySegment coordinates;
    private final MemorySegment group;
    private final MemorySegment condition;
    private final MemorySegment sigma;
    private final MemorySegment timestep;
    private final MemorySegment role;
    private final MemorySegment pooled;
    private final MemorySegment lengths;
    private final MemorySegment attentionBias;
    private final MemorySegment velocity;
    private long bytesMoved;

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    private PackedSequence(PackedExtent extent, PackingOptions options) {
        this.extent = extent;
        this.options = options;
        Arena owned = Arena.ofShared();
        try {
            long tokens = extent.packedTokens();
            latent = TensorMemory.floats(owned, (long) extent.latentRows() * options.channels());
            text = TensorMemory.floats(owned, (long) extent.textTokens() * options.textWidth());
            order = TensorMemory.longs(owned, tokens);
            visual = TensorMemory.longs(owned, extent.predictions());
            coordinates = TensorMemory.floats(owned, tokens * 6);
            group = TensorMemory.longs(owned, tokens);
            condition = TensorMemory.floats(owned, (long) extent.latentRows() * options.conditionChannels());
            sigma = TensorMemory.floats(owned, extent.groups());
            timestep = TensorMemory.floats(owned, extent.groups());
            role = TensorMemory.longs(owned, extent.groups());
            pooled = TensorMemory.floats(owned, (long) extent.groups() * options.textWidth());
            lengths = TensorMemory.longs(owned, options.slots());
            attentionBias = TensorMemory.floats(owned, options.attentionBias() ? tokens * tokens : 0);
            velocity = TensorMemory.floats(owned, (long) extent.predictions() * options.channels());
        } catch (Throwable failure) {
            owned.close();
            throw failure;
        }
        arena = owned;
    }

    /**
     * Lays segments end to end. Latents are zero; noise levels are zero.
     *
     * @throws IllegalArgumentException when the segments do not fit the options or each other
     */
    @MustBeClosed
    public static PackedSequence pack(List<PackedSegment> segments, PackingOptions options) {
        PackedExtent extent = PackedExtent.of(segments, options);
        PackedSequence sequence = new PackedSequence(extent, options);
        try {
            new SequenceWriter(sequence, extent).write(segments);
            return sequence;
        } catch (Throwable failure) {
            sequence.close();
            throw failure;
        }
    }

    /** Latent tokens {@code [V, channels]}: clips end to end, each in (group, row, column) order. */
    public MemorySegment latent() {
        return latent;
    }

    /** What stands beside the latent tokens and is not sampled {@code [V, conditionChannels]}, in their order. */
    public MemorySegment condition() {
        return condition;
    }

    /** Text states {@code [T, textWidth]}, segments end to end. */
    public MemorySegment text() {
        return text;
    }

    /** {@code [S]} i64: row of text followed by latent that each packed position reads. */
    public MemorySegment order() {
        return order;
    }

    /** {@code [P]} i64: packed positions of latent tokens, one prediction each. */
    public MemorySegment visual() {
        return visual;
    }

    /**
     * {@code [S, 6]}: centre in seconds, span in seconds, y and x in cells from the frame's centre, y and x relative to
     * the frame.
     */
    public MemorySegment coordinates() {
        return coordinates;
    }

    /** {@code [S]} i64: token group of each packed position. */
    public MemorySegment group() {
        return group;
    }

    /** {@code [G]}: noise level of each token group; 1 = pure noise, 0 = clean and text. */
    public MemorySegment sigma() {
        return sigma;
    }

    /** {@code [G]}: the same in training levels, as the schedule counts them; 0 = clean and text. */
    public MemorySegment timestep() {
        return timestep;
    }

    /** {@code [G]} i64: role of each token group. */
    public MemorySegment role() {
        return role;
    }

    /** {@code [G, textWidth]}: mean of the text states of the group's own segment. */
    public MemorySegment pooled() {
        return pooled;
    }

    /** {@code [slots]} i64: tokens of each segment, 0 in slots not used. */
    public MemorySegment lengths() {
        return lengths;
    }

    /** {@code [1, 1, S, S]}: 0 inside a segment, -1e9 across; empty unless asked for. */
    public MemorySegment attentionBias() {
        return attentionBias;
    }

    /** The graph's output {@code [P, channels]}. */
    public MemorySegment velocity() {
        return velocity;
    }

    /** S. */
    public int packedTokens() {
        return extent.packedTokens();
    }

    /** V. */
    public int latentRows() {
        return extent.latentRows();
    }

    /** P. */
    public int predictions() {
        return extent.predictions();
    }

    /** T. */
    public int textTokens() {
        return extent.textTokens();
    }

    /** G. */
    public int groups() {
        return extent.groups();
    }

    /** Segments in the sequence. */
    public int segments() {
        return extent.segments();
    }

    /** Clips whose latents the sequence holds. */
    public int clips() {
        return extent.clips();
    }

    public PackingOptions options() {
        return options;
    }

    /** Latents of one clip {@code [groups, rows, columns, channels]}: a view of {@link #latent}. */
    public MemorySegment latentOf(int clip) {
        long channels = options.channels();
        return TensorMemory.slice(latent, extent.firstRow(clip) * channels, extent.rows(clip) * channels);
    }

    /** Predictions for one segment {@code [groups, rows, columns, channels]}: a view of {@link #velocity}. */
    public MemorySegment velocityOf(int segment) {
        long channels = options.channels();
        return TensorMemory.slice(
                velocity, extent.firstPrediction(segment) * channels, extent.visualTokens(segment) * channels);
    }

    /** The clip whose latents a segment reads. */
    public int clipOf(int segment) {
        return extent.clipOf(segment);
    }

    /** Token group of one latent of a segment. */
    public int groupOf(int segment, int latentGroup) {
        return extent.firstGroup(segment) + 1 + latentGroup;
    }

    /** Sets the noise level of one latent of one segment. */
    public void setSigma(int segment, int latentGroup, float noiseLevel) {
        sigma.setAtIndex(TensorMemory.FLOAT, groupOf(segment, latentGroup), noiseLevel);
    }

    /** Sets the timestep of one latent of one segment. */
    public void setTimestep(int segment, int latentGroup, float level) {
        timestep.setAtIndex(TensorMemory.FLOAT, groupOf(segment, latentGroup), level);
    }

    /** Text tokens of one segment. */
    public int textTokensOf(int segment) {
        return extent.textTokensOf(segment);
    }

    /** Layout of one segment's latents. */
    public ClipLayout layoutOf(int segment) {
        return extent.layoutOf(segment);
    }

    /** Copies a clip's condition in, {@code [groups, rows, columns, conditionChannels]}; it counts as no latents moved. */
    public void loadCondition(int clip, MemorySegment source) {
        long width = options.conditionChannels();
        MemorySegment target = TensorMemory.slice(condition, extent.firstRow(clip) * width, extent.rows(clip) * width);
        if (source.byteSize() != target.byteSize()) {
            throw new IllegalArgumentException("condition of clip " + clip + ": expected " + target.byteSize()
                    + " bytes, found " + source.byteSize());
        }
        target.copyFrom(source);
    }

    /** Copies a clip's latents in. */
    public void load(int clip, MemorySegment source) {
        copy(source, latentOf(clip));
    }

    /** Copies a clip's latents out. */
    public void unload(int clip, MemorySegment target) {
        copy(latentOf(clip), target);
    }

    /** Bytes that {@link #load} and {@link #unload} have copied so far. */
    public long bytesMoved() {
        return bytesMoved;
    }

    /** Whether {@link #close} has not been called. */
    public boolean isOpen() {
        return arena.scope().isAlive();
    }

    /** Frees every buffer; a second call does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void copy(MemorySegment source, MemorySegment target) {
        if (source.byteSize() != target.byteSize()) {
            throw new IllegalArgumentException(
                    "latents: expected " + target.byteSize() + " bytes, found " + source.byteSize());
        }
        target.copyFrom(source);
        bytesMoved += target.byteSize();
    }
}
