package dev.zoetrope.cli;

import dev.zoetrope.runtime.RenderRequest;
import picocli.CommandLine.Mixin;

/**
 * The options that say what is made from a prompt: look and length. A row of a batch file has them as fields. What is not
 * given stays as the request already has it.
 */
final class RequestOptions {
    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private LengthOptions length = new LengthOptions();

    /** Whether no option was given at all. */
    boolean isEmpty() {
        return describe().isEmpty();
    }

    /** What was given, in one line that is equal for equal options. */
    String describe() {
        return look.describe() + length.describe();
    }

    boolean hasSeed() {
        return look.hasSeed();
    }

    /** Whether it or what usually holds has a seed. */
    boolean hasSeedOver(RequestOptions usual) {
        return look.hasSeedOver(usual);
    }

    boolean hasLength() {
        return !length.isEmpty();
    }

    /** The request with what usually holds, and with the options that were given, which win. */
    RenderRequest over(RequestOptions usual, RenderRequest request) {
        return applyTo(usual.applyTo(request));
    }

    /** The request with those that say what its pixels are, whatever its length. */
    RenderRequest applyLook(RenderRequest request) {
        return look.applyTo(request);
    }

    /**
     * The request with the options that were given.
     *
     * @throws dev.zoetrope.runtime.error.RequestException if one of them is out of range; it names the nearest that works
     */
    RenderRequest applyTo(RenderRequest request) {
        return look.applyTo(length.applyTo(request));
    }
}
