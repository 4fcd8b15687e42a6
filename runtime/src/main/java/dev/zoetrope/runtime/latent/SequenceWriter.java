package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.LatentGroup;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Fills the index, coordinate and text buffers of a new packed sequence, segment by segment. */
final class SequenceWriter {
    /** Finite, so that a row is never all minus infinity, and far below any score: its exponential is 0. */
    static final float MASKED = -1e9f;

    private final PackedSequence sequence;
    private final PackedExtent extent;

    SequenceWriter(PackedSequence sequence, PackedExtent extent) {
        this.sequence = sequence;
        this.extent = extent;
    }

    void write(List<PackedSegment> segments) {
        for (int i = 0; i < segments.size(); i++) {
            PackedSegment segment = segments.get(i);
            writeGroups(i, segment);
            writeText(i, segment.text());
            writeLatents(i, segment);
            sequence.lengths()
                    .setAtIndex(
                            TensorMemory.LONG,
                            i,
                            segment.text().tokens() + (long) segment.layout().tokens());
        }
        if (sequence.options().attentionBias()) {
            writeBias();
        }
    }

    private void writeGroups(int index, PackedSegment segment) {
        List<LatentGroup> latents = segment.layout().groups();
        MemorySegment mean = MemorySegment.ofArray(segment.text().pooled());
        int width = sequence.options().textWidth();
        int first = extent.firstGroup(index);
        for (int group = 0; group <= latents.size(); group++) {
            TokenRole role =
                    group == 0 ? TokenRole.TEXT : latents.get(group - 1).role();
            sequence.role().setAtIndex(TensorMemory.LONG, first + group, role.code());
            TensorMemory.slice(sequence.pooled(), (long) (first + group) * width, width)
                    .copyFrom(mean);
        }
    }

    private void writeText(int index, TextEmbedding text) {
        int width = sequence.options().textWidth();
        int firstRow = extent.firstText(index);
        int firstToken = extent.firstToken(index);
        TensorMemory.slice(sequence.text(), (long) firstRow * width, (long) text.tokens() * width)
                .copyFrom(text.states());
        for (int token = 0; token < text.tokens(); token++) {
            int position = firstToken + token;
            sequence.order().setAtIndex(TensorMemory.LONG, position, firstRow + token);
            sequence.group().setAtIndex(TensorMemory.LONG, position, extent.firstGroup(index));
            sequence.coordinates().setAtIndex(TensorMemory.FLOAT, position * 6L, -(token + 1) / 2f);
        }
    }

    private void writeLatents(int index, PackedSegment segment) {
        ClipLayout layout = segment.layout();
        int cells = layout.cells();
        int firstToken = extent.firstToken(index) + segment.text().tokens();
        int firstRow = extent.textTokens() + extent.firstRow(segment.latentClip());
        for (int token = 0; token < layout.tokens(); token++) {
            int position = firstToken + token;
            int latentGroup = token / cells;
            sequence.order().setAtIndex(TensorMemory.LONG, position, firstRow + token);
            sequence.visual().setAtIndex(TensorMemory.LONG, extent.firstPrediction(index) + token, position);
            sequence.group().setAtIndex(TensorMemory.LONG, position, sequence.groupOf(index, latentGroup));
            writeCoordinates(position, layout, latentGroup, token % cells);
        }
    }

    private void writeCoordinates(int position, ClipLayout layout, int latentGroup, int cell) {
        LatentGroup time = layout.groups().get(latentGroup);
        int row = cell / layout.columns();
        int column = cell % layout.columns();
        float y = row + 0.5f - layout.rows() / 2f;
        float x = column + 0.5f - layout.columns() / 2f;
        MemorySegment coordinates = sequence.coordinates();
        long at = position * 6L;
        coordinates.setAtIndex(TensorMemory.FLOAT, at, (float) time.centreSeconds());
        coordinates.setAtIndex(TensorMemory.FLOAT, at + 1, (float) time.spanSeconds());
        coordinates.setAtIndex(TensorMemory.FLOAT, at + 2, y);
        coordinates.setAtIndex(TensorMemory.FLOAT, at + 3, x);
        coordinates.setAtIndex(TensorMemory.FLOAT, at + 4, y / layout.rows());
        coordinates.setAtIndex(TensorMemory.FLOAT, at + 5, x / layout.columns());
    }

    private void writeBias() {
        MemorySegment bias = sequence.attentionBias();
        long tokens = sequence.packedTokens();
        for (long at = 0; at < tokens * tokens; at++) {
            bias.setAtIndex(TensorMemory.FLOAT, at, MASKED);
        }
        for (int segment = 0; segment < extent.segments(); segment++) {
            long first = extent.firstToken(segment);
            long length = sequence.lengths().getAtIndex(TensorMemory.LONG, segment);
            for (long query = first; query < first + length; query++) {
                TensorMemory.slice(bias, query * tokens + first, length).fill((byte) 0);
            }
        }
    }
}
