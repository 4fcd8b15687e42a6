package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one clip is to be made. Immutable but for the latents: on entry they hold the references and, where the schedule
 * begins below sigma 1, the clean clip to change; when the loop is done with the clip they hold the result.
 *
 * @param latents the clip, owned by the caller; must stay open as long as the loop
 * @param prompt its text
 * @param unguided the text that guidance leads away from; null = no guidance, no second segment
 * @param guidance scale of guidance
 * @param sigmas noise levels of the noisy latents
 * @param sampler how steps are made
 * @param eta noise that DDIM adds, 0 to 1
 * @param noise where its noise comes from; one source for each clip
 * @param heldSigmas for each latent the noise level at which it is held if it is a reference, 0 = as given
 * @param keptCells cells, row by row, that stay what they are in every noisy latent, whose clean values the latents hold
 *     on entry: after each step they are set to those at the noise level of the moment (O. Avrahami et al., "Blended
 *     latent diffusion", arXiv:2206.02779)
 * @param savings what of its steps may be left out
 * @param condition what the network is shown beside the latents {@code [groups, rows, columns, conditionChannels]},
 *     owned by the caller like them; null = nothing
 */
public record ClipPlan(
        LatentClip latents,
        TextEmbedding prompt,
        @Nullable TextEmbedding unguided,
        GuidanceScale guidance,
        SigmaSchedule sigmas,
        SamplerKind sampler,
        double eta,
        NoiseSource noise,
        List<Double> heldSigmas,
        BitSet keptCells,
        StepSavings savings,
        @Nullable MemorySegment condition) {
    public ClipPlan {
        keptCells = (BitSet) keptCells.clone();
        if (keptCells.length() > latents.layout().cells()) {
            throw new IllegalArgumentException("kept cells: expected numbers below "
                    + latents.layout().cells() + ", found " + (keptCells.length() - 1));
        }
        heldSigmas = List.copyOf(heldSigmas);
        int groups = latents.layout().groups().size();
        if (heldSigmas.size() != groups) {
            throw new IllegalArgumentException(
                    "held noise levels: expected one for each of " + groups + " latents, found " + heldSigmas.size());
        }
        for (double held : heldSigmas) {
            if (!(held >= 0 && held <= 1)) {
                throw new RequestException("noise level of a reference: expected 0 to 1, found " + held);
            }
        }
        if (!(eta >= 0 && eta <= 1)) {
            throw new RequestException("eta: expected 0 to 1, found " + eta);
        }
    }

    /** A plan without guidance: flow-matching Euler, no noise on references. */
    public static ClipPlan of(LatentClip latents, TextEmbedding prompt, SigmaSchedule sigmas, NoiseSource noise) {
        List<Double> held = Collections.nCopies(latents.layout().groups().size(), 0.0);
        return new ClipPlan(
                latents,
                prompt,
                null,
                GuidanceScale.of(1),
                sigmas,
                SamplerKind.FLOW_EULER,
                0,
                noise,
                held,
                new BitSet(),
                StepSavings.NONE,
                null);
    }

    /** With guidance away from a text: the negative prompt, or {@link TextEmbedding#empty}. Scale 1 turns it off. */
    public ClipPlan withGuidance(double scale, TextEmbedding awayFrom) {
        return withGuidance(GuidanceScale.of(scale), awayFrom);
    }

    /** The same with a scale that changes on the way. */
    public ClipPlan withGuidance(GuidanceScale scale, TextEmbedding awayFrom) {
        return new ClipPlan(
                latents,
                prompt,
                awayFrom,
                scale,
                sigmas,
                sampler,
                eta,
                noise,
                heldSigmas,
                keptCells,
                savings,
                condition);
    }

    public ClipPlan withSampler(SamplerKind kind) {
        return new ClipPlan(
                latents,
                prompt,
                unguided,
                guidance,
                sigmas,
                kind,
                eta,
                noise,
                heldSigmas,
                keptCells,
                savings,
                condition);
    }

    public ClipPlan withEta(double share) {
        return new ClipPlan(
                latents,
                prompt,
                unguided,
                guidance,
                sigmas,
                sampler,
                share,
                noise,
                heldSigmas,
                keptCells,
                savings,
                condition);
    }

    /** With noise levels at which references are held: strength s is level 1 - s. */
    public ClipPlan withHeldSigmas(List<Double> levels) {
        return new ClipPlan(
                latents, prompt, unguided, guidance, sigmas, sampler, eta, noise, levels, keptCells, savings,
                condition);
    }

    /** With cells that stay what they are. */
    public ClipPlan withKeptCells(BitSet cells) {
        return new ClipPlan(
                latents,
                prompt,
                unguided,
                guidance,
                sigmas,
                sampler,
                eta,
                noise,
                heldSigmas,
                cells,
                savings,
                condition);
    }

    /** With steps of which something may be left out. */
    public ClipPlan withSavings(StepSavings value) {
        return new ClipPlan(
                latents,
                prompt,
                unguided,
                guidance,
                sigmas,
                sampler,
                eta,
                noise,
                heldSigmas,
                keptCells,
                value,
                condition);
    }

    /** With what the network is shown beside the latents. */
    public ClipPlan withCondition(MemorySegment beside) {
        return new ClipPlan(
                latents,
                prompt,
                unguided,
                guidance,
                sigmas,
                sampler,
                eta,
                noise,
                heldSigmas,
                keptCells,
                savings,
                beside);
    }

    /** Cells that stay what they are; a copy. */
    @Override
    public BitSet keptCells() {
        return (BitSet) keptCells.clone();
    }

    /** Whether a second segment is needed at any step. */
    boolean isGuided() {
        return unguided != null && !guidance.isOff();
    }

    /** Whether a second segment is needed at a step. */
    boolean isGuided(int step) {
        return isGuided() && guidanceAt(step) != 1 && savings.guides(step, sigmas.steps());
    }

    /** The scale of guidance at a step. */
    double guidanceAt(int step) {
        return guidance.at(sigmas.timestep(step));
    }

    /** The noise level of one latent before a step. */
    float sigma(int group, int step) {
        return isNoisy(group) ? sigmas.sigma(step) : heldSigmas.get(group).floatValue();
    }

    /** The same in training levels. */
    float timestep(int group, int step) {
        return isNoisy(group)
                ? sigmas.timestep(step)
                : SigmaSchedule.timestepOf(heldSigmas.get(group).floatValue());
    }

    private boolean isNoisy(int group) {
        return latents.layout().groups().get(group).role() == TokenRole.NOISY;
    }
}
