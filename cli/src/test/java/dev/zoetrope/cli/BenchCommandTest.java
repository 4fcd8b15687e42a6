package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.Diagnostics;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** {@code zoetrope bench} with the shipped model on the CPU. */
class BenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aClipAndFourOfThemPackedAreTimed() throws Exception {
        assertEquals(
                ExitStatus.OK,
                run(
                        "64x64x5",
                        "4x(32x32x5)",
                        "--runs",
                        "3",
                        "--warm",
                        "1",
                        "--text-tokens",
                        "5",
                        "--peak",
                        "1",
                        "--json"),
                err::toString);

        JsonNode report = RenderReport.JSON.readTree(out.toString());
        assertEquals("flipbook", report.path("model").asText());
        JsonNode clip = report.path("shapes").get(0);
        assertEquals(2 * 64, clip.path("latent_tokens").asInt(), "two latents of 8x8 cells");
        assertEquals(3, clip.path("step_ms").size());
        assertEquals(0, clip.path("bytes_copied").asLong());
        double seconds = clip.path("median_step_ms").asDouble() / 1e3;
        assertTrue(seconds > 0 && clip.path("median_binding_ms").asDouble() >= 0);
        assertEquals(
                clip.path("flop").asDouble() / seconds / 1e12,
                clip.path("peak_share").asDouble(),
                1e-9);
        assertEquals(1, clip.path("decode_ms").size());

        JsonNode packed = report.path("shapes").get(1);
        assertEquals("4x32x32x5", packed.path("shape").asText());
        assertEquals(4 * 2 * 16, packed.path("latent_tokens").asInt());
        assertEquals(4 * 5, packed.path("text_tokens").asInt());
        assertEquals(
                packed.path("one_after_another_ms").asDouble()
                        / packed.path("median_step_ms").asDouble(),
                packed.path("packed_gain").asDouble(),
                1e-9);
    }

    @Test
    void operationsGrowWithTokensAndTheirSquare() throws Exception {
        assertEquals(ExitStatus.OK, run("32x32x5", "--runs", "1", "--text-tokens", "2", "--decodes", "0", "--json"));
        JsonNode shape =
                RenderReport.JSON.readTree(out.toString()).path("shapes").get(0);
        JsonNode config = RenderReport.JSON.readTree(Diagnostics.modelFolder(Optional.empty())
                .resolve("transformer/config.json")
                .toFile());
        double width = config.path("width").asDouble();
        double tokens = 2 * 16 + 2;
        double block = (8 + 4 * config.path("expansion").asDouble()) * width * width + 4 * width * tokens;
        assertEquals(
                tokens * config.path("depth").asInt() * block,
                shape.path("flop").asDouble(),
                1);
        assertTrue(shape.path("decode_ms").isEmpty());
    }

    @Test
    void wrongShapesAreRefusedInOneLine() {
        assertEquals(ExitStatus.USAGE, run("64x64"));
        assertTrue(
                err.toString()
                        .startsWith(
                                "zoetrope: shape: expected WIDTHxHEIGHTxFRAMES such as 832x480x81, several of one as"
                                        + " 4x256x256x17 or different ones joined by +, found '64x64'"),
                err::toString);
        assertEquals(1, err.toString().lines().count());
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "bench";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return ZoetropeCommand.run(InputStream.nullInputStream(), new PrintWriter(out), new PrintWriter(err), all);
    }
}
