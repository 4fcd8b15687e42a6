package dev.zoetrope.runtime.model.wan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.Abilities;
import dev.zoetrope.runtime.model.Abilities.Ability;
import dev.zoetrope.runtime.model.ModelDefaults;
import dev.zoetrope.runtime.model.ModelFolder;
import java.util.List;
import java.util.Set;

/**
 * Which of Wan's kinds a folder holds, from its own files. Defaults are those of diffusers 0.42.1's pipelines and of the
 * models' cards.
 *
 * @param kind what its weights were trained for
 * @param boundary timestep, in training levels, below which {@code transformer_2} goes on; 0 where there is none
 */
record WanSettings(Kind kind, double boundary) {
    /** What weights were trained for. */
    enum Kind {
        /** A prompt. */
        TEXT,
        /** A prompt, alone or with a first frame, each latent with a timestep of its own: 2.2 TI2V-5B. */
        TEXT_AND_IMAGE,
        /** A prompt with a first frame, or a first and a last one, as channels beside the latents: 2.2 I2V-A14B. */
        IMAGE
    }

    private static final int TRAINING_LEVELS = 1000;

    /** Reads a folder's. */
    static WanSettings read(ModelFolder folder) {
        JsonNode index = folder.index();
        JsonNode transformer = folder.readConfig("transformer/config.json");
        if (!transformer.path("image_dim").isMissingNode()
                && !transformer.path("image_dim").isNull()) {
            throw new ModelException("model folder " + folder.path() + ": expected a Wan model without a CLIP image"
                    + " encoder, found image_dim " + transformer.path("image_dim")
                    + " (Wan 2.1 image to video is not supported; 2.2 is)");
        }
        int given = transformer.path("in_channels").asInt()
                - transformer.path("out_channels").asInt();
        JsonNode expand = index.path("expand_timesteps");
        if (!expand.isMissingNode() && !expand.isNull() && !expand.isBoolean()) {
            throw new ModelException("expand_timesteps in model_index.json of " + folder.path()
                    + ": expected true or false, found " + expand);
        }
        Kind kind = expand.asBoolean(false) ? Kind.TEXT_AND_IMAGE : given > 0 ? Kind.IMAGE : Kind.TEXT;
        return new WanSettings(kind, boundary(folder));
    }

    private static double boundary(ModelFolder folder) {
        JsonNode ratio = folder.index().path("boundary_ratio");
        JsonNode second = folder.index().path("transformer_2");
        boolean hasSecond = second.isArray() && !second.path(1).isNull();
        if (hasSecond != ratio.isNumber()) {
            throw new ModelException("model folder " + folder.path() + ": expected boundary_ratio and transformer_2 in"
                    + " model_index.json both or neither, found " + ratio + " and " + second);
        }
        if (!hasSecond) {
            return 0;
        }
        if (!(ratio.asDouble() > 0 && ratio.asDouble() < 1)) {
            throw new ModelException("boundary_ratio in model_index.json of " + folder.path()
                    + ": expected more than 0 and less than 1, found " + ratio);
        }
        return ratio.asDouble() * TRAINING_LEVELS;
    }

    /** What it renders when the request does not say. */
    ModelDefaults defaults() {
        boolean isPair = boundary > 0;
        return switch (kind) {
            case TEXT -> isPair ? defaults(832, 480, 16, 81, 40, 4, 3) : defaults(832, 480, 16, 81, 50, 5, 5);
            case TEXT_AND_IMAGE -> defaults(1280, 704, 24, 121, 50, 5, 5);
            case IMAGE -> isPair ? defaults(832, 480, 16, 81, 40, 3.5, 3.5) : defaults(832, 480, 16, 81, 50, 5, 5);
        };
    }

    private ModelDefaults defaults(
            int widthPx, int heightPx, int fps, int frames, int steps, double guidance, double later) {
        return new ModelDefaults(
                widthPx,
                heightPx,
                fps,
                (double) frames / fps,
                steps,
                guidance,
                steps,
                guidance,
                later,
                boundary,
                0,
                1,
                false,
                0,
                1);
    }

    /** What it takes beside a prompt. */
    Abilities abilities() {
        return switch (kind) {
            case TEXT -> new Abilities(Abilities.Tokens.ONE_RUN, Set.of(), Abilities.Pictures.LATENTS);
            case TEXT_AND_IMAGE ->
                new Abilities(
                        Abilities.Tokens.ONE_RUN,
                        Set.of(Ability.FIRST_FRAME, Ability.LEADING_LATENTS),
                        Abilities.Pictures.LATENTS);
            case IMAGE ->
                new Abilities(
                        Abilities.Tokens.ONE_RUN,
                        Set.of(Ability.FIRST_FRAME, Ability.LAST_FRAME),
                        Abilities.Pictures.CONDITION);
        };
    }

    /** Its transformers' component folders, in the order of the steps. */
    List<String> transformers() {
        return boundary > 0 ? List.of("transformer", "transformer_2") : List.of("transformer");
    }

    /** The name that clips carry. */
    String name() {
        return switch (kind) {
            case TEXT -> boundary > 0 ? "wan2.2-t2v" : "wan2.1-t2v";
            case TEXT_AND_IMAGE -> "wan2.2-ti2v";
            case IMAGE -> "wan2.2-i2v";
        };
    }
}
