package dev.zoetrope.parity;

import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One call of diffusers' transformer, as it was recorded, in the terms of the graphs.
 *
 * @param latent {@code [tokens, numbers]}
 * @param condition {@code [tokens, condition numbers]}
 * @param timestep {@code [latents]}
 * @param text {@code [true length, text width]}
 * @param paddedTokens length of the padded text
 */
record WanCase(
        WanTransformerConfig config,
        Grid grid,
        HostTensor latent,
        HostTensor condition,
        HostTensor timestep,
        HostTensor text,
        int paddedTokens) {

    /** Reads {@code prefix.hidden_states}, {@code .timestep} and {@code .encoder_hidden_states}. */
    static WanCase of(WanTransformerConfig config, Reference recording, String prefix) {
        HostTensor states = recording.tensor(prefix + "hidden_states"); // [1, channels, latents, height, width]
        Grid grid = new Grid(
                Math.toIntExact(states.size(2)),
                Math.toIntExact(states.size(3) / 2),
                Math.toIntExact(states.size(4) / 2));
        float[] patches = patches(states);
        int numbers = config.tokenNumbers() + config.conditionNumbers();
        int tokens = patches.length / numbers;
        float[] latent = new float[tokens * config.tokenNumbers()];
        float[] condition = new float[tokens * config.conditionNumbers()];
        for (int token = 0; token < tokens; token++) {
            int from = token * numbers;
            int split = from + config.tokenNumbers();
            System.arraycopy(patches, from, latent, token * config.tokenNumbers(), config.tokenNumbers());
            System.arraycopy(patches, split, condition, token * config.conditionNumbers(), config.conditionNumbers());
        }
        HostTensor padded = recording.tensor(prefix + "encoder_hidden_states");
        return new WanCase(
                config,
                grid,
                HostTensor.of(latent, tokens, config.tokenNumbers()),
                HostTensor.of(condition, tokens, config.conditionNumbers()),
                timesteps(recording.tensor(prefix + "timestep"), grid),
                trueRows(padded),
                Math.toIntExact(padded.size(1)));
    }

    /** A clip {@code [1, channels, latents, height, width]} as tokens {@code [latents, rows, columns, (channel, y, x)]}. */
    static float[] patches(HostTensor clip) {
        int channels = Math.toIntExact(clip.size(1));
        int latents = Math.toIntExact(clip.size(2));
        int height = Math.toIntExact(clip.size(3));
        int width = Math.toIntExact(clip.size(4));
        float[] from = clip.floats();
        float[] to = new float[from.length];
        int at = 0;
        for (int latent = 0; latent < latents; latent++) {
            for (int row = 0; row < height; row += 2) {
                for (int column = 0; column < width; column += 2) {
                    for (int channel = 0; channel < channels; channel++) {
                        for (int cell = 0; cell < 4; cell++) {
                            int y = row + cell / 2;
                            int x = column + cell % 2;
                            to[at++] = from[((channel * latents + latent) * height + y) * width + x];
                        }
                    }
                }
            }
        }
        return to;
    }

    /** One timestep for each latent; the reference has one for the clip or one for each token. */
    private static HostTensor timesteps(HostTensor recorded, Grid grid) {
        float[] all = recorded.type() == ElementType.INT64 ? asFloats(recorded.longs()) : recorded.floats();
        float[] timesteps = new float[grid.latents()];
        for (int latent = 0; latent < timesteps.length; latent++) {
            timesteps[latent] = all[all.length / timesteps.length * latent];
        }
        return HostTensor.of(timesteps, timesteps.length);
    }

    private static float[] asFloats(long[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    /** The states before the zeros at the end. */
    private static HostTensor trueRows(HostTensor padded) {
        int width = Math.toIntExact(padded.size(2));
        float[] values = padded.floats();
        int rows = Math.toIntExact(padded.size(1));
        while (rows > 1 && isZero(values, (rows - 1) * width, width)) {
            rows--;
        }
        return HostTensor.of(Arrays.copyOf(values, rows * width), rows, width);
    }

    private static boolean isZero(float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (values[i] != 0) {
                return false;
            }
        }
        return true;
    }

    int tokens() {
        return grid.latents() * grid.cells();
    }

    /** A clip's size in tokens. */
    record Grid(int latents, int rows, int columns) {
        int cells() {
            return rows * columns;
        }
    }

    /** The text as the graphs take it: its rows, then one of zeros for the padding, and their weights. */
    Text foldedText() {
        int rows = text.rows();
        int width = Math.toIntExact(text.size(1));
        float[] weight = new float[rows + 1];
        weight[rows] = (float) Math.log(paddedTokens - rows);
        float[] states = Arrays.copyOf(text.floats(), (rows + 1) * width);
        return new Text(HostTensor.of(states, rows + 1, width), HostTensor.of(weight, rows + 1));
    }

    /** The text with every row of zeros, as the reference has it. */
    Text paddedText() {
        int width = Math.toIntExact(text.size(1));
        float[] states = Arrays.copyOf(text.floats(), paddedTokens * width);
        return new Text(
                HostTensor.of(states, paddedTokens, width), HostTensor.of(new float[paddedTokens], paddedTokens));
    }

    record Text(HostTensor states, HostTensor weight) {}

    /** Inputs of the denoiser, but for its attention form's own and the text's part. */
    Map<String, HostTensor> inputs() {
        int tokens = tokens();
        int cells = grid.cells();
        long[] order = new long[tokens];
        long[] group = new long[tokens];
        long[] position = new long[3 * tokens];
        for (int i = 0; i < tokens; i++) {
            order[i] = i;
            group[i] = i / cells;
            position[i] = i / cells;
            position[tokens + i] = i % cells / grid.columns();
            position[2 * tokens + i] = i % grid.columns();
        }
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        inputs.put("latent", latent);
        if (config.conditionNumbers() > 0) {
            inputs.put("condition", condition);
        }
        inputs.put("order", HostTensor.of(order, tokens));
        inputs.put("group", HostTensor.of(group, tokens));
        inputs.put("position", HostTensor.of(position, 3, tokens));
        inputs.put("timestep", timestep);
        return inputs;
    }

    /** What the blocks see of a text: inputs of the denoiser. */
    Map<String, HostTensor> keysAndValues(GraphRunner runner, Text folded, Map<String, HostTensor> stages) {
        return keysAndValues(runner, folded, stages, ElementType.FLOAT32);
    }

    /** The same of graphs that compute in a type. */
    Map<String, HostTensor> keysAndValues(
            GraphRunner runner, Text folded, Map<String, HostTensor> stages, ElementType type) {
        Map<String, HostTensor> results = new LinkedHashMap<>();
        for (int block = 0; block < config.depth(); block++) {
            for (String name : List.of(WanTransformer.keyName(block), WanTransformer.valueName(block))) {
                results.put(name, HostTensor.zeros(type, 1, folded.states().rows(), config.width()));
            }
        }
        Map<String, HostTensor> outputs = new LinkedHashMap<>(results);
        outputs.putAll(stages);
        runner.run(Map.of("text", folded.states()), outputs);
        results.put("text_weight", folded.weight());
        return results;
    }
}
