package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.job.JobReport;
import dev.zoetrope.server.job.Jobs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A video that is deleted leaves no files, whenever that is. */
class DeletedVideoTest {
    @TempDir
    Path data;

    /** Its client has heard that it is completed; its run has tidied up and is not quite over. */
    @Test
    void atTheEndOfItsRun() throws Exception {
        CompletableFuture<Jobs> opened = new CompletableFuture<>();
        CompletableFuture<JobReport> deleted = new CompletableFuture<>();
        try (Zoetrope engine = Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()));
                Jobs jobs = Jobs.open(engine, ServerSettings.in(data), report -> {
                    opened.join().delete(report.video());
                    deleted.complete(report);
                })) {
            opened.complete(jobs);
            String id = jobs.create(
                            Optional.empty(),
                            _ -> RenderRequest.of("a red ball").withFrames(1).withSteps(1),
                            Optional.empty(),
                            Priority.NORMAL)
                    .id();
            JobReport report = deleted.get(2, TimeUnit.MINUTES);
            assertEquals(JobReport.Outcome.COMPLETED, report.outcome());
            assertTrue(jobs.find(id, Optional.empty()).isEmpty());
            Eventually.holds(
                    "its files are gone",
                    () -> Files.notExists(data.resolve("videos").resolve(id)));
        }
    }
}
