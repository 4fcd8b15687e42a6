package dev.zoetrope.service;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The protocol's own Python client, unmodified: {@code tests/clients/videos.py} says what it does and expects. */
@EnabledIfEnvironmentVariable(
        named = ClientRun.PYTHON,
        matches = ".+",
        disabledReason = "names a Python with what tests/clients/requirements.txt says")
class PythonClientTest {
    @TempDir
    Path folder;

    @Test
    void itCreatesPollsDownloadsListsRemixesDeletesAndTakesErrorsForWhatTheyAre() throws Exception {
        ClientRun.talk(folder, folder, System.getenv(ClientRun.PYTHON), "videos.py");
    }
}
