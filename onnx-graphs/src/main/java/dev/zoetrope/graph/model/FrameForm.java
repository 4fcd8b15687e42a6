package dev.zoetrope.graph.model;

/** What a decoder hands out. */
public enum FrameForm {
    /** {@code [frames, height, width, 3]} uint8: ready for a video encoder. */
    RGB8,
    /** {@code [frames, 3, height, width]} float32, about -1..1, not limited: for more computing. */
    FLOAT
}
