package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** {@code zoetrope serve} as a process of its own. Killed when closed, if it has not ended. */
final class ServedProcess implements AutoCloseable {
    private static final String READY = "zoetrope: serving at ";
    private static final int LONGEST_START_SECONDS = 120;

    private final Process process;
    private final ServiceClient client;

    private ServedProcess(Process process, ServiceClient client) {
        this.process = process;
        this.client = client;
    }

    /** Starts a server on a data folder and waits until it says where it answers. */
    static ServedProcess start(Path folder, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0", "--data", "data"));
        arguments.addAll(List.of(options));
        Process process = CommandLineProcess.start(
                folder,
                Map.of(),
                // Java ignores signals that its parent ignored, as a background job's shell does.
                withDefaultSignals(CommandLineProcess.java(List.of(), arguments.toArray(String[]::new))));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        CompletableFuture<String> first = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                first.complete(String.valueOf(out.readLine()));
            } catch (IOException e) {
                first.completeExceptionally(e);
            }
        });
        String line = first.get(LONGEST_START_SECONDS, TimeUnit.SECONDS);
        if (!line.startsWith(READY)) {
            Result result = CommandLineProcess.finish(process);
            throw new AssertionError("no server: " + line + " " + result.err());
        }
        return new ServedProcess(process, new ServiceClient(URI.create(line.substring(READY.length()))));
    }

    ServiceClient client() {
        return client;
    }

    /** SIGKILL: no handler, no flush. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    }

    /** SIGTERM, and what the process left. */
    Result terminate() throws IOException, InterruptedException {
        process.toHandle().destroy();
        return CommandLineProcess.finish(process);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static List<String> withDefaultSignals(List<String> command) {
        List<String> wrapped = new ArrayList<>(List.of("env", "--default-signal=INT,TERM"));
        wrapped.addAll(command);
        return wrapped;
    }
}
