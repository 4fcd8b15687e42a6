package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.TokenRange;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One clip in a denoise loop: its sampler, and where it lies in the packed sequence of the moment. */
final class ClipRun implements AutoCloseable {
    /** Views of the packed sequence; the segments are the guided one and, with guidance, the unguided one after it. */
    private record Place(
            PackedSequence sequence,
            int clip,
            int segment,
            MemorySegment latent,
            MemorySegment guided,
            MemorySegment unguided) {}

    private final int number;
    private final ClipPlan plan;
    private final List<TokenRange> noisy;
    private final Sampler sampler;
    private final @Nullable KeptCells kept;
    private @Nullable Place place;

    /** @param number index of the clip among the loop's plans, for messages */
    @SuppressWarnings("MustBeClosed") // close() closes the sampler
    ClipRun(int number, ClipPlan plan) {
        this.number = number;
        this.plan = plan;
        LatentClip latents = plan.latents();
        ClipLayout layout = latents.layout();
        noisy = layout.noisyRanges();
        StepNoise noise =
                (step, target) -> plan.noise().fill(NoiseSource.Purpose.STEP, step, layout, latents.channels(), target);
        sampler = plan.sampler()
                .create(new SamplerSetup(
                        NoisePath.flow(plan.sigmas()), layout.tokens(), latents.channels(), noisy, plan.eta(), noise));
        kept = plan.keptCells().isEmpty() ? null : new KeptCells(plan);
    }

    int steps() {
        return plan.sigmas().steps();
    }

    ClipPlan plan() {
        return plan;
    }

    /** Brings given latents to the level they start from: z = (1 - sigma) x + sigma e. */
    void addInitialNoise() {
        blendNoise(NoiseSource.Purpose.INITIAL, true);
        if (plan.heldSigmas().stream().anyMatch(held -> held > 0)) {
            blendNoise(NoiseSource.Purpose.REFERENCE, false);
        }
    }

    private void blendNoise(NoiseSource.Purpose purpose, boolean forNoisy) {
        LatentClip latents = plan.latents();
        ClipLayout layout = latents.layout();
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment noise = TensorMemory.floats(scratch, TensorMemory.floatCount(latents.data()));
            if (kept != null && forNoisy) {
                noise.copyFrom(kept.noise());
            } else {
                plan.noise().fill(purpose, 0, layout, latents.channels(), noise);
            }
            long elements = (long) layout.cells() * latents.channels();
            for (int group = 0; group < layout.groups().size(); group++) {
                if ((layout.groups().get(group).role() == TokenRole.NOISY) == forNoisy) {
                    blend(latents.group(group), TensorMemory.slice(noise, group * elements, elements), group);
                }
            }
        }
    }

    private void blend(MemorySegment latent, MemorySegment noise, int group) {
        float sigma = plan.sigma(group, 0);
        if (sigma == 0) {
            return;
        }
        if (sigma == 1) { // whatever lay there, even a NaN, has no part in pure noise
            latent.copyFrom(noise);
            return;
        }
        FloatBuffer mixed = TensorMemory.buffer(latent);
        FloatBuffer drawn = TensorMemory.buffer(noise);
        for (int i = 0; i < mixed.limit(); i++) {
            mixed.put(i, (1 - sigma) * mixed.get(i) + sigma * drawn.get(i));
        }
    }

    /** The segments of this clip in a sequence in which it has this clip index. */
    List<PackedSegment> segments(int clip) {
        ClipLayout layout = plan.latents().layout();
        List<PackedSegment> segments = new ArrayList<>();
        segments.add(new PackedSegment(plan.prompt(), layout, clip));
        if (plan.isGuided() && plan.unguided() != null) {
            segments.add(new PackedSegment(plan.unguided(), layout, clip));
        }
        return segments;
    }

    /** Moves the latents into a sequence. */
    void enter(PackedSequence sequence, int clip, int segment) {
        MemorySegment guided = sequence.velocityOf(segment);
        place = new Place(
                sequence,
                clip,
                segment,
                sequence.latentOf(clip),
                guided,
                plan.isGuided() ? sequence.velocityOf(segment + 1) : guided);
        sequence.load(clip, plan.latents().data());
    }

    /** Moves the latents back to the clip, if they are in a sequence. -> bytes moved */
    long leave() {
        if (place == null) {
            return 0;
        }
        place.sequence().unload(place.clip(), plan.latents().data());
        place = null;
        return bytes();
    }

    /** The sequence it is in goes, without its latents. */
    void forget() {
        place = null;
    }

    /** Bytes of the latents. */
    long bytes() {
        return plan.latents().data().byteSize();
    }

    int segmentCount() {
        return segments(0).size();
    }

    /** Packed tokens of all its segments. */
    long tokens() {
        return segments(0).stream()
                .mapToLong(segment ->
                        segment.text().tokens() + (long) segment.layout().tokens())
                .sum();
    }

    void setSigmas(int step) {
        Place here = placed();
        for (int group = 0; group < plan.latents().layout().groups().size(); group++) {
            float sigma = plan.sigma(group, step);
            here.sequence().setSigma(here.segment(), group, sigma);
            if (plan.isGuided()) {
                here.sequence().setSigma(here.segment() + 1, group, sigma);
            }
        }
    }

    /** Guides, checks and steps. */
    void advance(int step) {
        Place here = placed();
        int channels = plan.latents().channels();
        for (TokenRange range : noisy) {
            int first = Math.multiplyExact(range.firstToken(), channels);
            int end = Math.addExact(first, Math.multiplyExact(range.tokens(), channels));
            if (plan.isGuided()) {
                Guidance.combine(here.guided(), here.unguided(), plan.guidance(), first, end);
            }
            if (!Guidance.isFinite(here.guided(), first, end)) {
                throw new ModelException("velocity of clip " + number + " in step " + (step + 1) + " of " + steps()
                        + ": expected finite numbers, found NaN or infinity; the weights may be damaged or the"
                        + " precision too low");
            }
        }
        sampler.step(step, here.latent(), here.guided());
        if (kept != null) {
            kept.restore(here.latent(), plan.sigmas().sigma(step + 1));
        }
    }

    /** Where the latents are right now: in the sequence, or in the clip. */
    private MemorySegment latent() {
        return place == null ? plan.latents().data() : place.latent();
    }

    private Place placed() {
        if (place == null) {
            throw new IllegalStateException("clip " + number + ": expected to be packed, found outside a sequence");
        }
        return place;
    }

    void writeState(DataOutput output) throws IOException {
        output.writeUTF(plan.sampler().id());
        output.writeInt(steps());
        for (float sigma : plan.sigmas().toArray()) {
            output.writeInt(Float.floatToRawIntBits(sigma));
        }
        output.writeLong(latent().byteSize());
        TensorMemory.write(output, latent());
        sampler.writeState(output);
        plan.noise().writeState(output);
    }

    /** Restores what {@link #writeState} wrote; the clip must not be packed. */
    void readState(DataInput input) throws IOException {
        CheckpointField.expect("sampler of clip " + number, plan.sampler().id(), input.readUTF());
        CheckpointField.expect("steps of clip " + number, steps(), input.readInt());
        for (int i = 0; i <= steps(); i++) {
            CheckpointField.expect(
                    "sigma " + i + " of clip " + number, plan.sigmas().sigma(i), Float.intBitsToFloat(input.readInt()));
        }
        MemorySegment data = plan.latents().data();
        CheckpointField.expect("latent bytes of clip " + number, data.byteSize(), input.readLong());
        TensorMemory.read(input, data);
        sampler.readState(input);
        plan.noise().readState(input);
    }

    @Override
    public void close() {
        sampler.close();
        if (kept != null) {
            kept.close();
        }
    }
}
