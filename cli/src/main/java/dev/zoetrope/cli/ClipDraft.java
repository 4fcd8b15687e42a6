package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;

/**
 * What a command wants made, before an engine is open.
 *
 * @param request what to render
 * @param seedDrawn whether nobody chose its seed
 * @param name of the file, without extension, if nobody chose one
 * @param extension of that file, with its dot
 */
record ClipDraft(RenderRequest request, boolean seedDrawn, String name, String extension) {
    private static final String USUAL_EXTENSION = ".mp4";

    /** Named after prompt and seed. */
    static ClipDraft ofPrompt(RenderRequest request, boolean seeded) {
        RenderRequest seedful = seeded ? request : request.withSeed(LookOptions.randomSeed());
        return new ClipDraft(seedful, !seeded, OutputName.stem(seedful.prompt(), seedful.seed()), USUAL_EXTENSION);
    }

    /** Named after what is edited. */
    static ClipDraft ofEdit(RenderRequest request, LookOptions look, Edit edit, String name) {
        RenderRequest asked = look.applyTo(request).withEdit(edit);
        return ofPrompt(asked, look.hasSeed()).named(name);
    }

    ClipDraft named(String value) {
        return new ClipDraft(request, seedDrawn, value, extension);
    }

    ClipDraft withExtension(String value) {
        return new ClipDraft(request, seedDrawn, name, value);
    }
}
