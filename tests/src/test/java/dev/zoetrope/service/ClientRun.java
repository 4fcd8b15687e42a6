package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a client's program of {@code tests/clients} against a server, to its end. */
final class ClientRun {
    /** Names a Python with what {@code tests/clients/requirements.txt} says. */
    static final String PYTHON = "ZOETROPE_TEST_CLIENT_PYTHON";

    /** Names a folder where npm has put what {@code tests/clients/package.json} says. */
    static final String NODE = "ZOETROPE_TEST_CLIENT_NODE";

    private ClientRun() {}

    /** The path of a program of {@code tests/clients}. */
    static String program(String name) {
        return Path.of(System.getProperty("zoetrope.root"), "tests/clients", name)
                .toAbsolutePath()
                .toString();
    }

    /**
     * Has a client's program create, poll, download, list, remix, delete and take errors, at a server that wants a key.
     *
     * @param scratch where the server's data and the program's output are kept
     */
    static void talk(Path scratch, Path workingFolder, String interpreter, String program) throws Exception {
        String key = "a-key-for-a-client";
        Path picture = Files.write(scratch.resolve("red.png"), TestPicture.png(32, 32, 0xC02020));
        try (ZoetropeServer server = ZoetropeServer.start(
                ServerSettings.in(scratch.resolve("data"))
                        .withAccess("127.0.0.1", ApiKeys.of(List.of(key)))
                        .withPort(0),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            run(
                    scratch,
                    workingFolder,
                    interpreter,
                    program(program),
                    server.address() + "/v1",
                    key,
                    picture.toString());
        }
    }

    /**
     * Runs a command that has to end with status 0 and gives what it printed.
     *
     * @param scratch where its output may be kept
     */
    static String run(Path scratch, Path workingFolder, String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(scratch, "client", ".out");
        Path err = Files.createTempFile(scratch, "client", ".err");
        Process client = new ProcessBuilder(command)
                .directory(workingFolder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertTrue(client.waitFor(2, TimeUnit.MINUTES), "the client ends");
        } finally {
            client.destroyForcibly();
        }
        assertEquals(0, client.exitValue(), Files.readString(out) + Files.readString(err));
        return Files.readString(out);
    }
}
