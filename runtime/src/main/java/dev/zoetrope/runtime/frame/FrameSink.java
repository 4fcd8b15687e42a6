package dev.zoetrope.runtime.frame;

/** Takes the frames of one clip in order. Used by one thread at a time. */
public interface FrameSink extends AutoCloseable {
    /** Takes frames and keeps none: for who only wants them decoded. */
    static FrameSink nowhere() {
        return new Nowhere();
    }

    /** Takes one frame; its pixels may be overwritten as soon as this returns. */
    void accept(Frame frame);

    /** Says that every frame has been handed over: what the sink makes is complete now. */
    default void finish() {}

    /** Frees what the sink holds; what was not finished is thrown away. */
    @Override
    void close();
}
