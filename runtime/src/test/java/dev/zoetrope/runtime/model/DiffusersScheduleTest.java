package dev.zoetrope.runtime.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffusersScheduleTest {
    private static final String UNIPC = """
            {"_class_name": "UniPCMultistepScheduler", "prediction_type": "flow_prediction", "use_flow_sigmas": true,
             "flow_shift": %s, "solver_order": 2, "solver_type": "bh2", "use_karras_sigmas": %s, "shift_terminal": null}
            """;

    @TempDir
    Path folder;

    private DiffusersSchedule read(String config) throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "{}");
        Files.createDirectories(folder.resolve("scheduler"));
        Files.writeString(folder.resolve("scheduler/scheduler_config.json"), config);
        return DiffusersSchedule.read(ModelFolder.open(folder));
    }

    private static float[] timesteps(SigmaSchedule schedule) {
        float[] timesteps = new float[schedule.steps()];
        IntStream.range(0, timesteps.length).forEach(i -> timesteps[i] = schedule.timestep(i));
        return timesteps;
    }

    /** The numbers are those that diffusers 0.42.1 recorded beside tests/wan's models. */
    @Test
    void uniPcIsToldWholeTimestepsOfTheFoldersShift() throws IOException {
        DiffusersSchedule schedule = read(UNIPC.formatted("3.0", "false"));
        assertEquals(SamplerKind.UNIPC, schedule.sampler());
        assertArrayEquals(new float[] {999, 900, 750, 500}, timesteps(schedule.sigmas(SamplerKind.UNIPC, 4)));
        assertArrayEquals(
                new float[] {999, 937, 833, 625},
                timesteps(read(UNIPC.formatted("5", "false")).sigmas(SamplerKind.UNIPC, 4)));
    }

    @Test
    void aListOfOnesOwnIsTakenAsItIs() throws IOException {
        DiffusersSchedule schedule = read(UNIPC.formatted("3.0", "false"));
        List<Double> own = List.of(1.0, 0.9375, 0.8333, 0.625, 0.0);
        assertArrayEquals(
                new float[] {999, 937, 833, 625}, timesteps(schedule.sigmas(SamplerKind.UNIPC, own)), "truncated");
        assertArrayEquals(
                new float[] {1000, 937.5f, 833.3f, 625},
                timesteps(schedule.sigmas(SamplerKind.FLOW_EULER, own)),
                1e-4f, // a rounding of f32
                "as they are");
    }

    /**
     * Diffusers 0.42.1 shifts a list by the folder's shift and goes through what comes of it: {@code
     * UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True,
     * flow_shift=5).set_timesteps(sigmas=numpy.array([1, .94, .85, .73, .5, .22]))} and {@code
     * FlowMatchEulerDiscreteScheduler(shift=5)} with the same list; at a shift of 1 the list is what is gone through.
     */
    @Test
    void timestepsOfAListAreThoseThatDiffusersDerives() throws IOException {
        DiffusersSchedule schedule = read(UNIPC.formatted("5.0", "false"));
        List<Double> list = List.of(1.0, 0.94, 0.85, 0.73, 0.5, 0.22, 0.0);
        SigmaSchedule unshifted = schedule.sigmas(SamplerKind.UNIPC, list);
        assertArrayEquals(new float[] {999, 940, 850, 730, 500, 220}, timesteps(unshifted));
        assertArrayEquals(new float[] {0.999999f, 0.94f, 0.85f, 0.73f, 0.5f, 0.22f, 0}, unshifted.toArray());

        List<Double> levels =
                list.stream().map(level -> 5 * level / (1 + 4 * level)).toList();
        SigmaSchedule unipc = schedule.sigmas(SamplerKind.UNIPC, levels);
        assertArrayEquals(new float[] {999, 987, 965, 931, 833, 585}, timesteps(unipc));
        assertArrayEquals(
                new float[] {0.999999f, 0.9873949f, 0.96590906f, 0.9311224f, 0.8333333f, 0.5851064f, 0},
                unipc.toArray());
        SigmaSchedule euler = schedule.sigmas(SamplerKind.FLOW_EULER, levels);
        assertArrayEquals(
                new float[] {1000, 987.3949f, 965.90906f, 931.1225f, 833.3333f, 585.1064f},
                timesteps(euler),
                1e-3f); // diffusers shifts in 32 bits, we in 64
    }

    @Test
    void theEulerSchedulerIsTheFoldersToo() throws IOException {
        DiffusersSchedule schedule = read("{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"shift\": 3.0}");
        assertEquals(new DiffusersSchedule(SamplerKind.FLOW_EULER, 3), schedule);
        assertEquals(SigmaSchedule.flowMatchEuler(4, 3), schedule.sigmas(SamplerKind.FLOW_EULER, 4));
    }

    @Test
    void whatWouldBeAnotherScheduleIsRefused() {
        assertEquals(
                "scheduler of model folder " + folder + ": expected one of DPMSolverMultistepScheduler,"
                        + " FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler, found 'PNDMScheduler'",
                refused("{\"_class_name\": \"PNDMScheduler\"}"));
        String file = folder.resolve("scheduler/scheduler_config.json").toString();
        String end = " (this version makes no other schedule)";
        assertEquals(
                "use_karras_sigmas in " + file + ": expected false, found true" + end,
                refused(UNIPC.formatted("3.0", "true")));
        assertEquals(
                "flow_shift in " + file + ": expected a number more than 0, found -1" + end,
                refused(UNIPC.formatted("-1", "false")));
        assertEquals(
                "prediction_type in " + file + ": expected flow_prediction, found \"epsilon\"" + end,
                refused("{\"_class_name\": \"UniPCMultistepScheduler\", \"prediction_type\": \"epsilon\"}"));
    }

    private String refused(String config) {
        return assertThrows(ModelException.class, () -> read(config)).getMessage();
    }
}
