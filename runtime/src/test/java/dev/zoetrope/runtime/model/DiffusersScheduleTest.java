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
