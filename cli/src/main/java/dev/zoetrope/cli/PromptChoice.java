package dev.zoetrope.cli;

import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The prompt of an edit: the argument, or what the clip that is edited was itself made from. */
final class PromptChoice {
    private PromptChoice() {}

    /**
     * A request with the prompt, and nothing else but what belongs to it.
     *
     * @param argument the prompt; null to take it from the clip
     * @param clip the clip or picture that is edited
     * @param fromItsEnd whether the end of the clip matters more than its beginning
     */
    static RenderRequest of(@Nullable String argument, Path clip, boolean fromItsEnd, Inputs inputs) {
        if (argument != null) {
            return RenderRequest.of(inputs.prompt(argument));
        }
        RenderRequest source = inputs.requestOf(clip)
                .orElseThrow(() -> new RequestException("prompt: expected text behind " + clip
                        + ", or a clip that says in its metadata what it was made from, found neither"
                        + " (say what it shows, such as \"a red ball bounces over the sea\")"));
        String prompt = fromItsEnd ? source.lastPrompt() : source.prompt();
        return RenderRequest.of(prompt).withNegativePrompt(source.negativePrompt());
    }
}
