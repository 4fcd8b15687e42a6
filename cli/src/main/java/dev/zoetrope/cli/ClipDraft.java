package dev.zoetrope.cli;

import dev.zoetrope.runtime.RenderRequest;
import java.util.Optional;

/**
 * What a command wants made, before an engine is open.
 *
 * @param request what to render
 * @param seedDrawn whether nobody chose its seed
 * @param ownName of the file, without extension, if it is not named after prompt and seed
 * @param ownExtension of that file, with its dot, if it is not the usual one
 */
record ClipDraft(RenderRequest request, boolean seedDrawn, Optional<String> ownName, Optional<String> ownExtension) {
    /** Named after prompt and seed, which is drawn if nobody chose one. */
    static ClipDraft of(RenderRequest request, boolean seeded) {
        RenderRequest seedful = seeded ? request : request.withSeed(LookOptions.randomSeed());
        return new ClipDraft(seedful, !seeded, Optional.empty(), Optional.empty());
    }

    /** Named after what is edited. */
    ClipDraft named(String value) {
        return new ClipDraft(request, seedDrawn, Optional.of(value), ownExtension);
    }

    ClipDraft withExtension(String value) {
        return new ClipDraft(request, seedDrawn, ownName, Optional.of(value));
    }

    /** The name of its file, without extension, if nobody chose one. */
    String name() {
        return ownName.orElseGet(() -> OutputName.stem(request.prompt(), request.seed()));
    }

    /** The same in a batch, where a number takes the seed's place: a batch that is run again makes the same names. */
    String nameOfRow(int number) {
        return "%04d-%s".formatted(number, ownName.orElseGet(() -> OutputName.slug(request.prompt())));
    }

    /** The extension of that file, with its dot. */
    String extensionOr(String usual) {
        return ownExtension.orElse(usual);
    }
}
