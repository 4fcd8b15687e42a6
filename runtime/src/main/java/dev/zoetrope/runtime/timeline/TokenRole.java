package dev.zoetrope.runtime.timeline;

/** What a token is to the clip under work; the number is a row of the transformer's role table. */
public enum TokenRole {
    /** A token of the prompt. */
    TEXT(0),
    /** A latent being made. */
    NOISY(1),
    /** A given latent on the clip's own grid: it occupies its cell and the sampler skips it. */
    REFERENCE(2),
    /** A given latent between the cells or of another size. */
    EXTRA_REFERENCE(3),
    /** A given latent that belongs to no time, such as a retrieved picture. */
    TIMELESS_REFERENCE(4);

    private final int code;

    TokenRole(int code) {
        this.code = code;
    }

    /** The number that the transformer was trained with. */
    public int code() {
        return code;
    }
}
