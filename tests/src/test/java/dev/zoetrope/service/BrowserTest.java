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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The web page in a Chromium: {@code tests/browser} says what is done with it and what is expected. */
@EnabledIfEnvironmentVariable(
        named = BrowserTest.MODULES,
        matches = ".+",
        disabledReason = "names a folder with what tests/browser/package.json says")
class BrowserTest {
    static final String MODULES = "ZOETROPE_TEST_BROWSER";
    private static final String SCREENSHOTS = "ZOETROPE_TEST_SCREENSHOTS";
    private static final String KEY = "a-key-for-whoever-is-at-the-browser";
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());

    @TempDir
    Path folder;

    @Test
    void thePageAsksWatchesPlaysCancelsAndKeepsNobodyOut() throws Exception {
        ServerSettings settings = ServerSettings.in(folder.resolve("data")).withPort(0);
        try (ZoetropeServer server = ZoetropeServer.start(settings, TINY)) {
            node(server, Map.of(), "--test", "--test-reporter=spec", script("page.test.mjs"));
        }
    }

    @Test
    void thePageAsksForAKeyWhereTheServerDoes() throws Exception {
        ServerSettings settings = ServerSettings.in(folder.resolve("data"))
                .withAccess("127.0.0.1", ApiKeys.of(List.of(KEY)))
                .withPort(0);
        try (ZoetropeServer server = ZoetropeServer.start(settings, TINY)) {
            node(server, Map.of("ZOETROPE_TEST_KEY", KEY), "--test", "--test-reporter=spec", script("keys.test.mjs"));
        }
    }

    /** Takes the documentation's pictures, with the model that is in the box. */
    @Test
    @EnabledIfEnvironmentVariable(
            named = SCREENSHOTS,
            matches = ".+",
            disabledReason = "names the folder for pictures of the page")
    void thePageIsPhotographed() throws Exception {
        ServerSettings settings = ServerSettings.in(folder.resolve("data")).withPort(0);
        try (ZoetropeServer server = ZoetropeServer.start(settings, EngineOptions.defaults())) {
            node(server, Map.of(), script("screenshots.mjs"), System.getenv(SCREENSHOTS));
        }
    }

    private void node(ZoetropeServer server, Map<String, String> environment, String... arguments) throws Exception {
        Path output = folder.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder("node").redirectErrorStream(true).redirectOutput(output.toFile());
        builder.command().addAll(List.of(arguments));
        Map<String, String> all = new HashMap<>(environment);
        all.put("ZOETROPE_TEST_ADDRESS", server.address().toString());
        builder.environment().putAll(all);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(5, TimeUnit.MINUTES), () -> "not over: " + read(output));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), () -> read(output));
    }

    private static String read(Path output) {
        try {
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    private static String script(String name) {
        return Path.of(System.getProperty("zoetrope.root"), "tests/browser", name)
                .toString();
    }
}
