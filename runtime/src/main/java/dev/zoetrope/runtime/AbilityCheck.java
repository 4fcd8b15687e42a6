package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.model.Abilities;
import dev.zoetrope.runtime.model.Abilities.Ability;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Placement;
import dev.zoetrope.runtime.timeline.RunSpan;
import dev.zoetrope.runtime.timeline.TokenRole;
import dev.zoetrope.runtime.timeline.Window;
import java.util.List;

/** Refuses what a model's network has no place for, and what its weights were not trained for unless that is wanted. */
final class AbilityCheck {
    private final Abilities abilities;
    private final boolean experimental;
    private final LinePlan line;

    private AbilityCheck(Abilities abilities, boolean experimental, LinePlan line) {
        this.abilities = abilities;
        this.experimental = experimental;
        this.line = line;
    }

    /** @throws RequestException with the reason */
    static void check(Abilities abilities, boolean experimental, LinePlan line) {
        if (abilities.tokens() == Abilities.Tokens.ONE_RUN) {
            AbilityCheck check = new AbilityCheck(abilities, experimental, line);
            line.windows().forEach(check::checkWindow);
        }
    }

    private void checkWindow(Window window) {
        List<Placement> latents = window.latents();
        for (Placement latent : latents) {
            switch (latent.at().role()) {
                case TIMELESS_REFERENCE -> throw noPlace("the clip's beginning shown once more", "turn the anchor off");
                case EXTRA_REFERENCE ->
                    throw noPlace(
                            "a picture or clip that does not lie on a latent of it",
                            "a picture goes on the first frame, at full strength");
                default -> {}
            }
        }
        for (int i = 1; i < latents.size(); i++) {
            if (latents.get(i).slot() != latents.get(i - 1).slot() + 1
                    || runOf(latents.get(i)) != runOf(latents.getFirst())) {
                throw noPlace(
                        "latents of several",
                        "a clip to go on from has 1 + " + line.reel().temporal() + "n frames");
            }
        }
        checkGiven(latents);
        if (abilities.pictures() == Abilities.Pictures.CONDITION
                && line.windows().size() > 1) {
            throw new RequestException(
                    "window: expected the whole clip in one, for the model is shown its pictures as a"
                            + " clip of that length, found " + line.windows().size());
        }
    }

    private void checkGiven(List<Placement> latents) {
        int given = (int) latents.stream().filter(latent -> !latent.isMade()).count();
        if (given == 0) {
            return;
        }
        boolean leads = latents.subList(0, given).stream().noneMatch(Placement::isMade);
        boolean fromStart = latents.getFirst().slot() == firstSlotOf(runOf(latents.getFirst()));
        if (!leads) {
            throwUnlessExperimental("latents given behind others that are made");
        } else if (!fromStart) {
            throwUnlessExperimental("a window that goes on from the middle of a run");
        } else if (latents.stream()
                .anyMatch(latent -> latent.at().role() == TokenRole.REFERENCE && latent.heldSigma() > 0)) {
            throwUnlessExperimental("given latents with noise on them");
        } else if (given == 1 && !abilities.trained().contains(Ability.FIRST_FRAME)) {
            throwUnlessExperimental("a first frame");
        } else if (given > 1 && !abilities.trained().contains(Ability.LEADING_LATENTS)) {
            throwUnlessExperimental("a clip to go on from");
        }
    }

    private void throwUnlessExperimental(String found) {
        if (!experimental) {
            throw new RequestException("time line: expected what the model's weights were trained for, " + trainedFor()
                    + ", found " + found + " (allowed as an experiment: --experimental)");
        }
    }

    private String trainedFor() {
        if (abilities.pictures() == Abilities.Pictures.CONDITION) {
            return "a prompt with a first frame, or with a first and a last one";
        }
        if (abilities.trained().contains(Ability.LEADING_LATENTS)) {
            return "a prompt, alone or with a first frame or the latents that a clip begins with";
        }
        return "a prompt alone";
    }

    private static RequestException noPlace(String found, String cure) {
        return new RequestException(
                "time line: expected one run of latents, for the model has places for no other, found " + found + " ("
                        + cure + ")");
    }

    private int runOf(Placement latent) {
        List<RunSpan> runs = line.reel().runs();
        int end = 0;
        for (int run = 0; run < runs.size(); run++) {
            end += runs.get(run).latents();
            if (latent.slot() < end) {
                return run;
            }
        }
        throw new IllegalStateException("slot " + latent.slot() + ": expected it in one of " + runs);
    }

    private int firstSlotOf(int run) {
        return line.reel().runs().stream().limit(run).mapToInt(RunSpan::latents).sum();
    }
}
