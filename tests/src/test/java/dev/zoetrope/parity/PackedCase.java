package dev.zoetrope.parity;

import dev.zoetrope.ffm.ort.ElementType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A packed sequence as the transformer takes it, and the sequences of its segments alone. */
record PackedCase(Map<String, HostTensor> inputs, List<Integer> lengths) {
    private static final int SLOTS = 16;
    private static final List<String> NAMES =
            List.of("latent", "text", "order", "visual", "coordinates", "group", "sigma", "role", "pooled");

    PackedCase {
        inputs = Map.copyOf(inputs);
        lengths = List.copyOf(lengths);
    }

    static PackedCase golden(String name) {
        return of(Golden.reference(), name);
    }

    static PackedCase of(Reference reference, String name) {
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        NAMES.forEach(input -> inputs.put(input, reference.tensor(name + "." + input)));
        long[] lengths = reference.tensor(name + ".lengths").longs();
        return new PackedCase(
                inputs,
                Arrays.stream(lengths).mapToInt(Math::toIntExact).boxed().toList());
    }

    /** One segment alone: its rows of every input, with indices counted from its own start. */
    PackedCase segment(int index) {
        int start = start(index);
        int end = start + lengths.get(index);
        int allText = input("text").rows();
        long[] order = Arrays.copyOfRange(input("order").longs(), start, end);
        long[] textRows = LongStream.of(order).filter(row -> row < allText).toArray();
        long[] latentRows = LongStream.of(order)
                .filter(row -> row >= allText)
                .map(row -> row - allText)
                .toArray();
        long[] group = Arrays.copyOfRange(input("group").longs(), start, end);
        int firstGroup = Math.toIntExact(LongStream.of(group).min().orElseThrow());
        int endGroup = Math.toIntExact(LongStream.of(group).max().orElseThrow() + 1);
        long firstText = textRows[0];
        long firstLatent = latentRows[0];
        long[] ownOrder = LongStream.of(order)
                .map(row -> row < allText ? row - firstText : textRows.length + row - allText - firstLatent)
                .toArray();
        long[] ownVisual = visual(index).map(position -> position - start).toArray();

        Map<String, HostTensor> own = new LinkedHashMap<>();
        own.put("text", rows("text", firstText, textRows.length));
        own.put("latent", rows("latent", firstLatent, latentRows.length));
        own.put("order", HostTensor.of(ownOrder, ownOrder.length));
        own.put("visual", HostTensor.of(ownVisual, ownVisual.length));
        own.put("coordinates", input("coordinates").rows(start, end));
        own.put(
                "group",
                HostTensor.of(LongStream.of(group).map(g -> g - firstGroup).toArray(), group.length));
        for (String table : List.of("sigma", "role", "pooled")) {
            own.put(table, input(table).rows(firstGroup, endGroup));
        }
        return new PackedCase(own, List.of(end - start));
    }

    /** The packed positions that a segment's predictions are for. */
    private LongStream visual(int index) {
        int start = start(index);
        int end = start + lengths.get(index);
        return LongStream.of(input("visual").longs()).filter(position -> position >= start && position < end);
    }

    /** The rows of the result that belong to a segment. */
    float[] velocityOf(int index, float[] velocity) {
        int channels = Math.toIntExact(input("latent").size(1));
        int before = Math.toIntExact(
                IntStream.range(0, index).mapToLong(i -> visual(i).count()).sum());
        int count = Math.toIntExact(visual(index).count());
        return Arrays.copyOfRange(velocity, before * channels, (before + count) * channels);
    }

    /**
     * A velocity over 1/sigma for references (sigma 0 counts as 0.001): their velocity has no meaning, but the clean latents it was
     * made from do.
     */
    float[] comparable(float[] velocity) {
        int channels = Math.toIntExact(input("latent").size(1));
        long[] visual = input("visual").longs();
        long[] group = input("group").longs();
        float[] sigma = input("sigma").floats();
        float[] result = velocity.clone();
        for (int i = 0; i < result.length; i++) {
            if (sigma[Math.toIntExact(group[Math.toIntExact(visual[i / channels])])] == 0) {
                result[i] *= 0.001f;
            }
        }
        return result;
    }

    /** Lengths for the split form: segments in the first slots, the others empty. */
    HostTensor slots() {
        long[] slots = new long[SLOTS];
        Arrays.setAll(slots, i -> i < lengths.size() ? lengths.get(i) : 0);
        return HostTensor.of(slots, SLOTS);
    }

    /** Lengths for the split form with empty slots before and between the segments. */
    HostTensor scatteredSlots() {
        long[] slots = new long[SLOTS];
        for (int i = 0; i < lengths.size(); i++) {
            slots[2 * i + 1] = lengths.get(i);
        }
        return HostTensor.of(slots, SLOTS);
    }

    /** The bias that hides other segments {@code [1, 1, tokens, tokens]}. */
    HostTensor bias() {
        int tokens = input("order").rows();
        int[] segmentOf = IntStream.range(0, lengths.size())
                .flatMap(i -> IntStream.generate(() -> i).limit(lengths.get(i)))
                .toArray();
        float[] bias = new float[tokens * tokens];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = segmentOf[i / tokens] == segmentOf[i % tokens] ? 0 : -1e9f;
        }
        return HostTensor.of(bias, 1, 1, tokens, tokens);
    }

    /** Runs a transformer graph; {@code extra} are the inputs of its attention form. */
    float[] run(GraphRunner runner, Map<String, HostTensor> extra) {
        Map<String, HostTensor> all = new LinkedHashMap<>(inputs);
        all.putAll(extra);
        HostTensor velocity = HostTensor.zeros(
                ElementType.FLOAT32, input("visual").rows(), input("latent").size(1));
        runner.run(all, Map.of("velocity", velocity));
        return velocity.floats();
    }

    HostTensor input(String name) {
        HostTensor tensor = inputs.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no input " + name);
        }
        return tensor;
    }

    private HostTensor rows(String name, long first, int count) {
        int from = Math.toIntExact(first);
        return input(name).rows(from, from + count);
    }

    private int start(int index) {
        return lengths.subList(0, index).stream().mapToInt(Integer::intValue).sum();
    }
}
