package dev.zoetrope.runtime.sample;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.RequestException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The samplers, by the names that people write. */
public enum SamplerKind {
    /** One Euler step along the velocity: the default of a flow model. */
    FLOW_EULER("flow-euler"),
    /** Denoising diffusion implicit model; with eta more than 0 it adds noise. */
    DDIM("ddim"),
    /** Ancestral sampling: adds noise in every step but the last. */
    DDPM("ddpm"),
    /** DPM-Solver++(2M): second order from the step before. */
    DPM_SOLVER_PLUS_PLUS("dpm++2m"),
    /** UniPC of order 2: a predictor and a corrector that costs no run. */
    UNIPC("unipc");

    private final String id;

    SamplerKind(String id) {
        this.id = id;
    }

    /** The name that people write. */
    public String id() {
        return id;
    }

    /** Finds a sampler by its id. */
    public static SamplerKind parse(String id) {
        return Arrays.stream(values())
                .filter(kind -> kind.id.equalsIgnoreCase(id.strip()))
                .findFirst()
                .orElseThrow(() -> new RequestException("sampler: expected one of "
                        + Arrays.stream(values()).map(SamplerKind::id).collect(Collectors.joining(", "))
                        + ", found '" + id + "'"));
    }

    /** Makes a sampler for one clip. */
    @MustBeClosed
    public Sampler create(SamplerSetup setup) {
        return switch (this) {
            case FLOW_EULER -> new FlowEuler(setup);
            case DDIM -> new Ddim(setup);
            case DDPM -> new Ddpm(setup);
            case DPM_SOLVER_PLUS_PLUS -> new DpmSolverPlusPlus(setup);
            case UNIPC -> new UniPc(setup);
        };
    }
}
