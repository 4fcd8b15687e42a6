package dev.zoetrope.runtime.model.wan;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.model.Network;
import dev.zoetrope.runtime.model.NetworkBinding;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.sample.StepCost;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Wan's transformer over a packed sequence. Binding runs the text's part once: keys and values of every block stay with the
 * binding. Latents, conditions, timesteps and velocities are bound where they lie.
 */
public final class WanDenoiser implements Denoiser {
    private final Network denoiser;
    private final Network keysAndValues;
    private final WanTransformerConfig config;
    private final int paddedTextTokens;
    private final StepCost cost;

    /**
     * @param denoiser of {@link WanTransformer#denoiser}, in the split form with the slots of the sequences to come; closed by its
     *     owner
     * @param keysAndValues of {@link WanTransformer#keysAndValues}; closed by its owner
     * @param paddedTextTokens length that the model saw every text padded to: 512
     */
    public WanDenoiser(Network denoiser, Network keysAndValues, WanTransformerConfig config, int paddedTextTokens) {
        this.denoiser = denoiser;
        this.keysAndValues = keysAndValues;
        this.config = config;
        this.paddedTextTokens = paddedTextTokens;
        this.cost = cost(config);
    }

    /*
     * Multiplications of a block, by token: 4 w^2 for queries, keys, values and the output, 2 w^2 for the query and output to the
     * text, 2 f w for the feed-forward part; by pair of tokens 2 w, for scores and mixing. They meet at 3 w + f tokens. In memory at
     * once are two rows of the feed-forward part, or about ten of the width.
     */
    private static StepCost cost(WanTransformerConfig config) {
        long width = config.width();
        long inner = config.feedForwardWidth();
        return new StepCost(3.0 * width + inner, (2 * inner + 10 * width) * Float.BYTES);
    }

    /*
     * Of a block, by latent token: 8 w^2 for queries, keys, values and the output, 4 w^2 for the query and output to the text, 4 f w for
     * the feed-forward part, 4 w for each token of its segment and for each of the padded text. Beside the blocks, the two matrices at
     * the ends; the text's own part is made once a binding and not counted. Of 1.3B at 832x480x81 that is 283 TFLOP.
     */
    @Override
    public double operations(PackedSequence sequence) {
        double width = config.width();
        double ends = 2 * width * (2.0 * config.tokenNumbers() + config.conditionNumbers());
        double operations = 0;
        for (int segment = 0; segment < sequence.segments(); segment++) {
            double tokens = sequence.layoutOf(segment).tokens();
            double block = 12 * width * width + 4 * width * (config.feedForwardWidth() + tokens + paddedTextTokens);
            operations += tokens * (config.depth() * block + ends);
        }
        return operations;
    }

    @Override
    public StepCost cost() {
        return cost;
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // the bound denoiser owns arena and binding
    public BoundDenoiser bind(PackedSequence sequence) {
        requireFitting(sequence);
        Arena arena = Arena.ofShared();
        try {
            CrossLayout layout = CrossLayout.of(arena, sequence, paddedTextTokens);
            List<MemorySegment> texts = keysAndValues(arena, layout);
            NetworkBinding binding = denoiser.bind();
            try {
                bindAll(binding, sequence, layout, texts);
                return new Bound(binding, arena);
            } catch (RuntimeException | Error e) {
                binding.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private void requireFitting(PackedSequence sequence) {
        if (sequence.options().channels() != config.tokenNumbers()
                || sequence.options().conditionChannels() != config.conditionNumbers()
                || sequence.options().textWidth() != config.textWidth()) {
            throw new IllegalArgumentException("packed sequence: expected " + config.tokenNumbers() + " channels, "
                    + config.conditionNumbers() + " condition channels and text width " + config.textWidth()
                    + ", found " + sequence.options());
        }
        for (int segment = 0; segment < sequence.segments(); segment++) {
            ClipLayout clip = sequence.layoutOf(segment);
            int longest = Math.max(clip.groups().size(), Math.max(clip.rows(), clip.columns()));
            if (longest > config.longestAxis()) {
                throw new RequestException("clip: expected at most " + config.longestAxis()
                        + " latents, rows and columns of tokens, found "
                        + clip.groups().size() + " latents of "
                        + clip.rows() + "x" + clip.columns() + " tokens");
            }
        }
    }

    /** Keys and values of every block in turn, {@code [1, T, width]} each. */
    private List<MemorySegment> keysAndValues(Arena arena, CrossLayout layout) {
        long width = config.width();
        List<MemorySegment> texts = new ArrayList<>();
        try (NetworkBinding binding = keysAndValues.bind()) {
            floats(binding, "text", layout.text(), layout.textRows(), config.textWidth());
            for (int block = 0; block < config.depth(); block++) {
                for (String name : namesOfText(block)) {
                    MemorySegment segment = TensorMemory.floats(arena, layout.textRows() * width);
                    binding.bindOutput(name, Tensor.view(segment, ElementType.FLOAT32, 1, layout.textRows(), width));
                    texts.add(segment);
                }
            }
            binding.run();
        }
        return texts;
    }

    private static List<String> namesOfText(int block) {
        return List.of(WanTransformer.keyName(block), WanTransformer.valueName(block));
    }

    private void bindAll(
            NetworkBinding binding, PackedSequence sequence, CrossLayout layout, List<MemorySegment> texts) {
        long rows = sequence.latentRows();
        long tokens = sequence.predictions();
        long slots = sequence.options().slots();
        floats(binding, "latent", sequence.latent(), rows, config.tokenNumbers());
        if (config.conditionNumbers() > 0) {
            floats(binding, "condition", sequence.condition(), rows, config.conditionNumbers());
        }
        longs(binding, "order", layout.order(), tokens);
        longs(binding, "position", layout.position(), 3, tokens);
        longs(binding, "group", layout.group(), tokens);
        floats(binding, "timestep", sequence.timestep(), sequence.groups());
        longs(binding, "lengths", layout.lengths(), slots);
        longs(binding, "text_lengths", layout.textLengths(), slots);
        floats(binding, "text_weight", layout.textWeight(), layout.textRows());
        for (int block = 0; block < config.depth(); block++) {
            List<String> names = namesOfText(block);
            for (int i = 0; i < names.size(); i++) {
                MemorySegment segment = texts.get(block * names.size() + i);
                floats(binding, names.get(i), segment, 1, layout.textRows(), config.width());
            }
        }
        MemorySegment velocity = sequence.velocity();
        binding.bindOutput("velocity", Tensor.view(velocity, ElementType.FLOAT32, tokens, config.tokenNumbers()));
    }

    private static void floats(NetworkBinding binding, String name, MemorySegment segment, long... shape) {
        binding.bindInput(name, Tensor.view(segment, ElementType.FLOAT32, shape));
    }

    private static void longs(NetworkBinding binding, String name, MemorySegment segment, long... shape) {
        binding.bindInput(name, Tensor.view(segment, ElementType.INT64, shape));
    }

    /** One layout's binding, with the memory of its indices and texts. */
    private static final class Bound implements BoundDenoiser {
        private final NetworkBinding binding;
        private final Arena arena;

        Bound(NetworkBinding binding, Arena arena) {
            this.binding = binding;
            this.arena = arena;
        }

        @Override
        public void run() {
            binding.run();
        }

        @Override
        public long nativeNanos() {
            return binding.runNanos();
        }

        @Override
        public Map<String, Long> boundAddresses() {
            return binding.boundAddresses();
        }

        @Override
        public void close() {
            binding.close();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }
}
