package dev.zoetrope.runtime.timeline;

/**
 * Consecutive tokens of one clip, counted from the clip's first latent token.
 *
 * @param firstToken index of the first
 * @param tokens how many, at least 1
 */
public record TokenRange(int firstToken, int tokens) {
    public TokenRange {
        if (firstToken < 0 || tokens < 1) {
            throw new IllegalArgumentException(
                    "token range: expected a first token of at least 0 and at least 1 token, found first token "
                            + firstToken + ", " + tokens + " tokens");
        }
    }
}
