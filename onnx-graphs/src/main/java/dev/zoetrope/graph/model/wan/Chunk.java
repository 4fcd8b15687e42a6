package dev.zoetrope.graph.model.wan;

/** Which part of a run a graph of the autoencoder works on. */
public enum Chunk {
    /** The first: a single frame, with nothing before it. */
    FIRST(1),
    /** Any later one: four frames that go on from the caches of the chunk before. */
    LATER(4);

    private final int frames;

    Chunk(int frames) {
        this.frames = frames;
    }

    /** Frames of pixels that stand for one frame of latents. */
    public int frames() {
        return frames;
    }
}
