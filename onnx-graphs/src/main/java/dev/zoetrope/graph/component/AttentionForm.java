package dev.zoetrope.graph.component;

/** How attention inside segments of a packed sequence is computed. All forms give the same result. */
public enum AttentionForm {
    /** One attention per segment, cut by run-time lengths into a fixed number of slots: for the CPU. */
    SPLIT,
    /** One attention with a bias that hides other segments: the definition the other forms are held to. */
    MASKED,
    /** One attention over everything: for a sequence of one segment. */
    DENSE,
    /** One kernel over segments of any length: for CUDA, float16 (or float32, slowly). */
    VARLEN
}
