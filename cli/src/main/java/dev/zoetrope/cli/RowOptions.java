package dev.zoetrope.cli;

import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.runtime.RenderRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A row of a batch file, read as the options it stands for: a row is a small command line, so its fields have the
 * options' names, forms and messages.
 */
@Command
final class RowOptions {
    @Option(names = "--prompt")
    private @Nullable String prompt;

    @Mixin
    private RequestOptions request = new RequestOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    private RowOptions() {}

    /**
     * Reads a row.
     *
     * @throws dev.zoetrope.runtime.error.RequestException if a field does not exist, naming the nearest, or its value has the wrong form
     */
    static RowOptions of(BatchRow row) {
        RowOptions options = new RowOptions();
        FieldOptions.read(options, row.fields());
        return options;
    }

    /** The request of this row, on top of what the whole batch asks for. */
    RenderRequest toRequest(RequestOptions defaults) {
        String text = PromptSource.checked(prompt == null ? "" : prompt, "the field prompt");
        return request.applyTo(defaults.applyTo(RenderRequest.of(text)));
    }

    boolean hasSeed() {
        return request.hasSeed();
    }

    OutputOptions output() {
        return output;
    }
}
