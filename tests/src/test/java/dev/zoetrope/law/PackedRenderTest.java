package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clips of different size, aspect, length, sampler and step count, rendered in one sequence and alone. */
class PackedRenderTest {
    private record Wish(String prompt, int widthPx, int heightPx, int frames, SamplerKind sampler, int steps) {}

    private static final List<Wish> WISHES = List.of(
            new Wish("a red ball bounces over the sea at night", 64, 64, 9, SamplerKind.FLOW_EULER, 6),
            new Wish("a green star", 40, 24, 1, SamplerKind.DPM_SOLVER_PLUS_PLUS, 4),
            new Wish("a blue square moves left over the desert", 24, 72, 17, SamplerKind.UNIPC, 6),
            new Wish("a small yellow ring falls", 33, 17, 6, SamplerKind.DDPM, 5));

    @Test
    void aPackedRenderEqualsEachClipAloneBitForBit() {
        try (TinyModel tiny = new TinyModel()) {
            List<byte[]> packed = render(tiny.model(), WISHES, 0);
            for (int i = 0; i < WISHES.size(); i++) {
                byte[] alone = render(tiny.model(), List.of(WISHES.get(i)), i).getFirst();
                assertEquals(-1, firstDifference(alone, packed.get(i)), "first different byte of clip " + i);
            }
            // The law would hold for a network that ignores its input, too.
            assertTrue(
                    firstDifference(
                                    packed.get(0),
                                    render(tiny.model(), List.of(WISHES.getFirst()), 7)
                                            .getFirst())
                            >= 0,
                    "another seed gives other latents");
        }
    }

    /** Latents of each clip; clip i has seed {@code firstSeed + i}. */
    private static List<byte[]> render(VideoModel model, List<Wish> wishes, int firstSeed) {
        List<LatentClip> clips = new ArrayList<>();
        try {
            List<ClipPlan> plans = new ArrayList<>();
            for (int i = 0; i < wishes.size(); i++) {
                Wish wish = wishes.get(i);
                LatentClip clip = latents(model, wish);
                clips.add(clip);
                TextEmbedding prompt = model.textEncoder().encode(wish.prompt());
                plans.add(ClipPlan.of(
                                clip, prompt, SigmaSchedule.linear(wish.steps()), NoiseSource.philox(firstSeed + i, 0))
                        .withSampler(wish.sampler())
                        .withGuidance(2, TextEmbedding.empty(Arena.ofAuto(), prompt.width())));
            }
            try (DenoiseLoop loop = DenoiseLoop.open(model.denoiser(), plans, model.packing())) {
                loop.run(DenoiseListener.NONE);
            }
            return clips.stream()
                    .map(clip -> clip.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                    .toList();
        } finally {
            clips.forEach(LatentClip::close);
        }
    }

    @SuppressWarnings("MustBeClosed") // the caller closes all clips
    private static LatentClip latents(VideoModel model, Wish wish) {
        var geometry = model.compressor().geometry();
        LatentGrid grid =
                new LatentGrid(wish.widthPx(), wish.heightPx(), wish.frames(), geometry.spatial(), geometry.temporal());
        return LatentClip.create(grid.layout(8), geometry.channels(), 8);
    }

    private static int firstDifference(byte[] expected, byte[] found) {
        return java.util.Arrays.mismatch(expected, found);
    }
}
