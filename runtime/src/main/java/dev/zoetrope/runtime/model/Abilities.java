package dev.zoetrope.runtime.model;

import java.util.Set;

/**
 * What a model's weights take beside a prompt, and what they were trained to make of it.
 *
 * @param tokens which latents may stand beside those that are made
 * @param trained what the weights were trained for; the rest of what {@code tokens} allow is an experiment
 * @param pictures how pictures reach the network
 */
public record Abilities(Tokens tokens, Set<Ability> trained, Pictures pictures) {
    /** Which tokens a network has places for. */
    public enum Tokens {
        /** Any time, size and role. */
        ANY,
        /** One run of latents in order, of which some may be given. */
        ONE_RUN
    }

    /** What a network may be shown. */
    public enum Ability {
        /** The first frame, as a picture. */
        FIRST_FRAME,
        /** First and last frame, as pictures. */
        LAST_FRAME,
        /** The latents that a clip begins with. */
        LEADING_LATENTS
    }

    /** How pictures reach the network. */
    public enum Pictures {
        /** As latents of the clip or beside it. */
        LATENTS,
        /**
         * As a clip of its own, encoded whole, that is grey but for the pictures and stands beside the latents with a mask;
         * there has to be a first frame.
         */
        CONDITION
    }

    /** Everything, as flipbook was trained. */
    public static final Abilities ALL = new Abilities(Tokens.ANY, Set.of(Ability.values()), Pictures.LATENTS);

    public Abilities {
        trained = Set.copyOf(trained);
    }
}
