package dev.zoetrope.service;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The protocol's own Node client, unmodified: {@code tests/clients/videos.mjs} says what it does and expects. */
@EnabledIfEnvironmentVariable(
        named = ClientRun.NODE,
        matches = ".+",
        disabledReason = "names a folder with what tests/clients/package.json says")
class NodeClientTest {
    @TempDir
    Path folder;

    @Test
    void itCreatesPollsDownloadsListsRemixesDeletesAndTakesErrorsForWhatTheyAre() throws Exception {
        ClientRun.talk(folder, Path.of(System.getenv(ClientRun.NODE)), "node", "videos.mjs");
    }
}
