package dev.zoetrope.runtime.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import java.util.List;
import java.util.Map;

/**
 * The schedule that a folder's {@code scheduler_config.json} asks for, as diffusers 0.42.1 makes it. Each solver has
 * endpoints of its own, so another sampler than the folder's visits the levels of its own class, at the folder's shift.
 * A setting that would change the numbers and is not done here is refused.
 *
 * @param sampler the folder's own
 * @param shift towards noise (SD3, arXiv:2403.03206 §5.3.2)
 */
public record DiffusersSchedule(SamplerKind sampler, double shift) implements ModelSchedule {
    private static final String FILE = "scheduler/scheduler_config.json";

    private static final Map<String, SamplerKind> CLASSES = Map.of(
            "UniPCMultistepScheduler", SamplerKind.UNIPC,
            "DPMSolverMultistepScheduler", SamplerKind.DPM_SOLVER_PLUS_PLUS,
            "FlowMatchEulerDiscreteScheduler", SamplerKind.FLOW_EULER);

    /** Settings whose value decides the numbers, with the one that is done here; one that is not there has that value. */
    private static final Map<String, String> MULTISTEP = Map.of(
            "prediction_type", "flow_prediction",
            "use_flow_sigmas", "true",
            "solver_order", "2",
            "final_sigmas_type", "zero",
            "lower_order_final", "true",
            "thresholding", "false");

    private static final Map<String, String> UNIPC =
            Map.of("solver_type", "bh2", "predict_x0", "true", "disable_corrector", "[]");

    private static final Map<String, String> DPM =
            Map.of("solver_type", "midpoint", "algorithm_type", "dpmsolver++", "euler_at_final", "false");

    private static final Map<String, String> EULER = Map.of("stochastic_sampling", "false", "invert_sigmas", "false");

    private static final Map<String, String> ALL = Map.of(
            "num_train_timesteps", "1000",
            "use_dynamic_shifting", "false",
            "use_karras_sigmas", "false",
            "use_exponential_sigmas", "false",
            "use_beta_sigmas", "false",
            "shift_terminal", "null");

    /**
     * Reads a folder's.
     *
     * @throws ModelException when it is of a class or has a setting that is not done here
     */
    public static DiffusersSchedule read(ModelFolder folder) {
        JsonNode config = folder.readConfig(FILE);
        String name = config.path("_class_name").asText("");
        SamplerKind sampler = CLASSES.get(name);
        if (sampler == null) {
            throw new ModelException("scheduler of model folder " + folder.path() + ": expected one of "
                    + String.join(", ", CLASSES.keySet().stream().sorted().toList()) + ", found '" + name + "'");
        }
        check(folder, config, ALL);
        switch (sampler) {
            case UNIPC -> {
                check(folder, config, MULTISTEP);
                check(folder, config, UNIPC);
            }
            case DPM_SOLVER_PLUS_PLUS -> {
                check(folder, config, MULTISTEP);
                check(folder, config, DPM);
            }
            default -> check(folder, config, EULER);
        }
        String shift = sampler == SamplerKind.FLOW_EULER ? "shift" : "flow_shift";
        return new DiffusersSchedule(sampler, shift(folder, config, shift));
    }

    private static double shift(ModelFolder folder, JsonNode config, String name) {
        JsonNode found = config.path(name);
        if (found.isMissingNode() || found.isNull()) {
            return 1;
        }
        double shift = found.isNumber() ? found.asDouble() : Double.NaN;
        if (!(shift > 0) || Double.isInfinite(shift)) {
            throw refused(folder, name, "a number more than 0", found);
        }
        return shift;
    }

    private static void check(ModelFolder folder, JsonNode config, Map<String, String> done) {
        done.forEach((name, value) -> {
            JsonNode found = config.path(name);
            String text = found.isTextual() ? found.asText() : found.toString();
            if (!found.isMissingNode() && !text.equals(value) && !(found.isNull() && value.equals("false"))) {
                throw refused(folder, name, value, found);
            }
        });
    }

    private static ModelException refused(ModelFolder folder, String name, String expected, JsonNode found) {
        return new ModelException(name + " in " + folder.path().resolve(FILE) + ": expected " + expected + ", found "
                + found + " (this version makes no other schedule)");
    }

    @Override
    public SigmaSchedule sigmas(SamplerKind kind, int steps) {
        return switch (kind) {
            case UNIPC -> SigmaSchedule.uniPcFlow(steps, shift);
            case DPM_SOLVER_PLUS_PLUS -> SigmaSchedule.dpmSolverFlow(steps, shift);
            case FLOW_EULER, DDIM, DDPM -> SigmaSchedule.flowMatchEuler(steps, shift);
        };
    }

    @Override
    public SigmaSchedule sigmas(SamplerKind kind, List<Double> own) {
        return switch (kind) {
            case UNIPC, DPM_SOLVER_PLUS_PLUS -> SigmaSchedule.ofMultistep(own);
            case FLOW_EULER, DDIM, DDPM -> SigmaSchedule.of(own);
        };
    }
}
