package dev.zoetrope.runtime.frame;

/** Takes frames and keeps none. */
final class Nowhere implements FrameSink {
    @Override
    public void accept(Frame frame) {
        // Nobody looks at it.
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
