package dev.zoetrope.runtime.model.wan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.Abilities;
import dev.zoetrope.runtime.model.ModelDefaults;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.wan.WanSettings.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folders are no more than the two files that decide. */
class WanSettingsTest {
    @TempDir
    Path folder;

    private WanSettings read(String index, String transformer) throws IOException {
        Files.writeString(folder.resolve("model_index.json"), index);
        Files.createDirectories(folder.resolve("transformer"));
        Files.writeString(folder.resolve("transformer/config.json"), transformer);
        return WanSettings.read(ModelFolder.open(folder));
    }

    private static final String SAME = "{\"in_channels\": 16, \"out_channels\": 16, \"image_dim\": null}";
    private static final String MORE = "{\"in_channels\": 36, \"out_channels\": 16}";
    private static final String NONE = "\"transformer_2\": [null, null], \"boundary_ratio\": null";

    @Test
    void aFolderSaysItsKind() throws IOException {
        WanSettings text = read("{" + NONE + "}", SAME);
        assertEquals(new WanSettings(Kind.TEXT, 0), text);
        ModelDefaults defaults = text.defaults();
        assertEquals(81, Math.round(defaults.seconds() * defaults.fps()));
        assertEquals(50, defaults.steps());

        WanSettings both = read("{\"expand_timesteps\": true, " + NONE + "}", SAME);
        assertEquals(Kind.TEXT_AND_IMAGE, both.kind());
        assertEquals(121, Math.round(both.defaults().seconds() * both.defaults().fps()));
        assertTrue(both.abilities().trained().contains(Abilities.Ability.FIRST_FRAME));

        String pair = "\"transformer_2\": [\"diffusers\", \"WanTransformer3DModel\"], \"boundary_ratio\": ";
        WanSettings image = read("{" + pair + "0.9}", MORE);
        assertEquals(new WanSettings(Kind.IMAGE, 900), image);
        assertEquals(Abilities.Pictures.CONDITION, image.abilities().pictures());
        WanSettings experts = read("{" + pair + "0.875}", SAME);
        assertEquals(new WanSettings(Kind.TEXT, 875), experts);
        assertEquals(4, experts.defaults().guidance());
        assertEquals(3, experts.defaults().laterGuidance());
    }

    @Test
    void whatCannotBeRunIsRefused() {
        assertEquals(
                "model folder " + folder + ": expected a Wan model without a CLIP image encoder, found image_dim 1280"
                        + " (Wan 2.1 image to video is not supported; 2.2 is)",
                refused("{" + NONE + "}", "{\"in_channels\": 36, \"out_channels\": 16, \"image_dim\": 1280}"));
        assertEquals(
                "model folder " + folder + ": expected boundary_ratio and transformer_2 in model_index.json both or"
                        + " neither, found 0.9 and [null,null]",
                refused("{\"transformer_2\": [null, null], \"boundary_ratio\": 0.9}", SAME));
    }

    private String refused(String index, String transformer) {
        return assertThrows(ModelException.class, () -> read(index, transformer))
                .getMessage();
    }
}
