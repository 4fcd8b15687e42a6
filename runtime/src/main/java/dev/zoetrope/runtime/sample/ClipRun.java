package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.LatentGroup;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One clip in a denoise loop: its sampler, and where it lies in the packed sequence of the moment. */
final class ClipRun implements AutoCloseable {
    /** What a step takes of the network. */
    enum Need {
        /** The last answer will do. */
        NOTHING,
        /** The prompt's answer. */
        PROMPT,
        /** That and the answer without the prompt. */
        GUIDANCE
    }

    /** Views of the packed sequence; the segments are the guided one and, with guidance, the unguided one after it. */
    private record Place(
            PackedSequence sequence,
            int clip,
            int segment,
            MemorySegment latent,
            MemorySegment guided,
            MemorySegment unguided,
            boolean isGuided) {}

    private final int number;
    private final ClipPlan plan;
    private final List<TokenRange> noisy;
    private final NoisePath path;
    private final Sampler sampler;
    private final @Nullable KeptCells kept;
    private final @Nullable VelocityReuse reuse;
    private Need need = Need.PROMPT;
    private int needOfStep = -1;
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
        path = NoisePath.flow(plan.sigmas());
        sampler = plan.sampler()
                .create(new SamplerSetup(path, layout.tokens(), latents.channels(), noisy, plan.eta(), noise));
        kept = plan.keptCells().isEmpty() ? null : new KeptCells(plan);
        reuse = plan.savings().reuseThreshold() > 0 ? new VelocityReuse(plan, noisy) : null;
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

    /** What a step takes, which may depend on the state before it. */
    Need need(int step) {
        if (needOfStep != step) {
            boolean guides = plan.isGuided(step);
            need = reuse != null && reuse.isEnough(step, latent(), guides)
                    ? Need.NOTHING
                    : guides ? Need.GUIDANCE : Need.PROMPT;
            needOfStep = step;
        }
        return need;
    }

    /** The segments of a step of this clip in a sequence in which it has this clip index. */
    List<PackedSegment> segments(int clip, Need of) {
        ClipLayout layout = plan.latents().layout();
        List<PackedSegment> segments = new ArrayList<>();
        if (of != Need.NOTHING) {
            segments.add(new PackedSegment(plan.prompt(), layout, clip));
        }
        if (of == Need.GUIDANCE && plan.unguided() != null) {
            segments.add(new PackedSegment(plan.unguided(), layout, clip));
        }
        return segments;
    }

    /** Moves the latents into a sequence for steps of a need. */
    void enter(PackedSequence sequence, int clip, int segment, Need of) {
        MemorySegment guided = sequence.velocityOf(segment);
        boolean guides = of == Need.GUIDANCE;
        place = new Place(
                sequence,
                clip,
                segment,
                sequence.latentOf(clip),
                guided,
                guides ? sequence.velocityOf(segment + 1) : guided,
                guides);
        sequence.load(clip, plan.latents().data());
        if (plan.condition() != null) {
            sequence.loadCondition(clip, plan.condition());
        }
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

    /** Most segments of a step. */
    int mostSegments() {
        return segments(0, most()).size();
    }

    /** Most packed tokens of a step. */
    long mostTokens() {
        return tokens(most());
    }

    private Need most() {
        return plan.isGuided() ? Need.GUIDANCE : Need.PROMPT;
    }

    /** Packed tokens of a step of a need. */
    long tokens(Need of) {
        return segments(0, of).stream()
                .mapToLong(segment ->
                        segment.text().tokens() + (long) segment.layout().tokens())
                .sum();
    }

    void setSigmas(int step) {
        if (need(step) == Need.NOTHING) {
            return;
        }
        Place here = placed();
        for (int group = 0; group < plan.latents().layout().groups().size(); group++) {
            setNoise(here.sequence(), here.segment(), group, step);
            if (here.isGuided()) {
                setNoise(here.sequence(), here.segment() + 1, group, step);
            }
        }
    }

    private void setNoise(PackedSequence sequence, int segment, int group, int step) {
        sequence.setSigma(segment, group, plan.sigma(group, step));
        sequence.setTimestep(segment, group, plan.timestep(group, step));
    }

    /** Combines guidance and checks what came of it. */
    void guide(int step) {
        if (need(step) == Need.NOTHING) {
            return;
        }
        Place here = placed();
        int channels = plan.latents().channels();
        for (TokenRange range : noisy) {
            int first = Math.multiplyExact(range.firstToken(), channels);
            int end = Math.addExact(first, Math.multiplyExact(range.tokens(), channels));
            if (here.isGuided()) {
                Guidance.combine(here.guided(), here.unguided(), plan.guidanceAt(step), first, end);
            }
            if (!Guidance.isFinite(here.guided(), first, end)) {
                throw new ModelException("velocity of clip " + number + " in step " + (step + 1) + " of " + steps()
                        + ": expected finite numbers, found NaN or infinity; the weights may be damaged or the"
                        + " precision too low");
            }
        }
        if (reuse != null) {
            reuse.keep(here.latent(), here.guided(), here.isGuided());
        }
    }

    /**
     * What the guided output makes of the state before a step is taken: the middle one of the noisy latents without its
     * noise, {@code [rows, columns, channels]}.
     */
    float[] estimate(int step) {
        int elements = plan.latents().layout().cells() * plan.latents().channels();
        int first = middleNoisy() * elements;
        FloatBuffer latent = TensorMemory.buffer(latent());
        FloatBuffer velocity = TensorMemory.buffer(velocity(step));
        float ofState = (float) path.cleanFromNoisy(step);
        float ofOutput = (float) path.cleanFromOutput(step);
        float[] clean = new float[elements];
        for (int i = 0; i < elements; i++) {
            clean[i] = ofState * latent.get(first + i) + ofOutput * velocity.get(first + i);
        }
        return clean;
    }

    private int middleNoisy() {
        List<LatentGroup> groups = plan.latents().layout().groups();
        int[] noisyGroups = IntStream.range(0, groups.size())
                .filter(group -> groups.get(group).role() == TokenRole.NOISY)
                .toArray();
        return noisyGroups.length == 0 ? groups.size() / 2 : noisyGroups[noisyGroups.length / 2];
    }

    /** Takes the step. */
    void advance(int step) {
        sampler.step(step, latent(), velocity(step));
        if (kept != null) {
            kept.restore(latent(), plan.sigmas().sigma(step + 1));
        }
    }

    /** The guided answer for a step. */
    private MemorySegment velocity(int step) {
        return reuse != null && need(step) == Need.NOTHING ? reuse.velocity() : placed().guided();
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
        if (reuse != null) {
            reuse.writeState(output);
        }
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
        if (reuse != null) {
            reuse.readState(input);
        }
    }

    @Override
    public void close() {
        sampler.close();
        if (kept != null) {
            kept.close();
        }
        if (reuse != null) {
            reuse.close();
        }
    }
}
