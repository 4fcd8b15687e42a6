package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.config.WorkLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Schemathesis over the served document, with all its checks; {@code tests/clients/schemathesis.toml} says how it asks. In the gate
 * with its examples and with each field at its limits and beyond; with Maven's profile {@code soak} also with what it draws, and one
 * request after the other, which takes it minutes.
 */
@EnabledIfEnvironmentVariable(
        named = SchemathesisTest.VARIABLE,
        matches = ".+",
        disabledReason = "names a schemathesis of the version in tests/clients/schemathesis-requirements.txt")
class SchemathesisTest {
    static final String VARIABLE = "ZOETROPE_TEST_SCHEMATHESIS";
    private static final String KEY = "a-key-for-schemathesis";
    private static final boolean SOAK = Long.getLong("zoetrope.soak.seconds", 60) > 60;

    @TempDir
    Path folder;

    @Test
    void whatIsServedIsWhatTheDocumentSays() throws Exception {
        ServerSettings settings = ServerSettings.in(folder.resolve("data"))
                .withPort(0)
                .withWorkers(8)
                .withAccess("127.0.0.1", ApiKeys.of(List.of(KEY)))
                // Cheap videos alone: what it asks for is anything between 16x16 and 4096x4096.
                .withWork(WorkLimits.defaults().withTime(Duration.ofMillis(200)));
        Path output = folder.resolve("output");
        try (ZoetropeServer server = ZoetropeServer.start(
                settings.withLimits(settings.limits().withUnfinishedJobs(10_000)),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()).withRenders(8))) {
            Path clients = Path.of(System.getProperty("zoetrope.root"), "tests/clients");
            ProcessBuilder builder = new ProcessBuilder(
                            System.getenv(VARIABLE),
                            "--config-file",
                            clients.resolve("schemathesis.toml").toString(),
                            "run",
                            "--no-color",
                            "--phases=" + (SOAK ? "examples,coverage,fuzzing,stateful" : "examples,coverage"),
                            server.address() + "/openapi.json")
                    .directory(clients.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("ZOETROPE_KEY", KEY);
            builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
            Process process = builder.start();
            try {
                assertTrue(process.waitFor(15, TimeUnit.MINUTES), "it ends");
            } finally {
                process.destroyForcibly();
            }
            assertEquals(0, process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        }
    }
}
