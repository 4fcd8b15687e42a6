package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.component.SegmentAttention;
import dev.zoetrope.graph.component.SegmentCrossAttention;
import dev.zoetrope.graph.ir.Value;

/**
 * What every block sees of a packed sequence beside its tokens.
 *
 * @param modulation {@code [groups, 6*width]} float32: shift, scale and gate of the attention, then of the feed-forward part
 * @param group {@code [tokens]} int64: each token's row of the modulation
 * @param positions rotary tables
 * @param segments attention of the tokens to each other
 * @param texts attention of the tokens to their text
 */
record WanSequence(
        Value modulation,
        Value group,
        RotaryPosition positions,
        SegmentAttention segments,
        SegmentCrossAttention texts) {}
