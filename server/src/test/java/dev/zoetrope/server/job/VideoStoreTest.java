package dev.zoetrope.server.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.server.config.DatabaseSettings;
import dev.zoetrope.server.job.VideoStore.Standing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoStoreTest {
    @TempDir
    Path folder;

    private Database database;
    private VideoStore store;

    @BeforeEach
    void open() {
        database = Database.open(DatabaseSettings.inDataFolder(), folder);
        store = new VideoStore(database, Duration.ZERO, false);
        store.insert(Video.queued(
                "video_1",
                Optional.empty(),
                RenderRequest.of("a red ball"),
                "tiny",
                Optional.empty(),
                Priority.NORMAL));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void onlyTheNewestRunOfAJobMayEndIt() {
        long paused = store.begin("video_1", "one").orElseThrow();
        long newest = store.begin("video_1", "two").orElseThrow();
        assertEquals(Standing.ANOTHERS, store.standing("video_1", paused));
        assertEquals(Map.of(), store.runsOf("one"));
        assertEquals(Map.of("video_1", newest), store.runsOf("two"));

        assertFalse(store.complete("video_1", paused));
        assertFalse(store.fail("video_1", paused, new Video.Failure("late", "too late")));
        store.requeue("video_1", paused);
        store.progress("video_1", paused, 90, new JobEvent.Started(90));
        assertEquals(
                VideoStatus.IN_PROGRESS, store.find("video_1").orElseThrow().status());
        assertEquals(0, store.find("video_1").orElseThrow().progress());

        assertTrue(store.complete("video_1", newest));
        assertFalse(store.complete("video_1", newest), "once");
        assertTrue(store.begin("video_1", "three").isEmpty(), "it is over");
    }

    @Test
    void whatARunSaidLastIsReadByOthers() {
        long run = store.begin("video_1", "one").orElseThrow();
        assertEquals(Optional.of(new JobEvent.Started(0)), store.said("video_1"));
        JobEvent step = new JobEvent.Step(3, 10, 1.5, 22);
        store.progress("video_1", run, 22, step);
        assertEquals(Optional.of(step), store.said("video_1"));
        JobEvent frame = new JobEvent.Decoded(8, 32, 0.5, 81);
        store.progress("video_1", run, 81, frame);
        assertEquals(Optional.of(frame), store.said("video_1"));
        assertTrue(store.cancel("video_1"));
        assertEquals(Optional.empty(), store.said("video_1"));
        assertEquals(Standing.ENDED, store.standing("video_1", run));
        assertTrue(store.delete("video_1"));
        assertEquals(Standing.GONE, store.standing("video_1", run));
    }

    @Test
    void aDatabaseIsBroughtUpToDateAndKeepsItsName() {
        String name = database.name();
        database.close();
        database = Database.open(DatabaseSettings.inDataFolder(), folder);
        assertEquals(name, database.name());
        database.update("update zoetrope_schema set version = 1"); // as an older one left it
        database.close();
        database = Database.open(DatabaseSettings.inDataFolder(), folder);
        assertTrue(new VideoStore(database, Duration.ZERO, false)
                .begin("video_1", "one")
                .isPresent());
    }
}
