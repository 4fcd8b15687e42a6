package dev.zoetrope.graph.model.flipbook;

/** What a decoder hands out. */
public enum FrameForm {
    /** {@code [4, height, width, 3]} uint8: ready for a video encoder. */
    RGB8,
    /** {@code [4, 3, height, width]} float32, about -1..1, not limited: for more computing. */
    FLOAT
}
