package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The protocol's own Python client, unmodified: {@code tests/clients/videos.py} says what it does and expects. */
@EnabledIfEnvironmentVariable(
        named = PythonClientTest.VARIABLE,
        matches = ".+",
        disabledReason = "names a Python with what tests/clients/requirements.txt says")
class PythonClientTest {
    static final String VARIABLE = "ZOETROPE_TEST_CLIENT_PYTHON";
    private static final String KEY = "a-key-for-the-python-client";

    @TempDir
    Path folder;

    @Test
    void itCreatesPollsDownloadsListsRemixesDeletesAndTakesErrorsForWhatTheyAre() throws Exception {
        Path picture = Files.write(folder.resolve("red.png"), TestPicture.png(32, 32, 0xC02020));
        Path output = folder.resolve("output");
        try (ZoetropeServer server = ZoetropeServer.start(
                ServerSettings.in(folder.resolve("data"))
                        .withAccess("127.0.0.1", ApiKeys.of(List.of(KEY)))
                        .withPort(0),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            Process client = new ProcessBuilder(
                            System.getenv(VARIABLE),
                            Path.of(System.getProperty("zoetrope.root"), "tests/clients/videos.py")
                                    .toString(),
                            server.address() + "/v1",
                            KEY,
                            picture.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                assertTrue(client.waitFor(2, TimeUnit.MINUTES), "the client ends");
            } finally {
                client.destroyForcibly();
            }
            assertEquals(0, client.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        }
    }
}
