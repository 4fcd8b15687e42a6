package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
    private static final int LONGEST_END_SECONDS = 120;

    private static final int LONGEST_LAST_WORDS = 2000;

    private final Process process;
    private final URI address;
    private final ServiceClient client;
    private final CompletableFuture<String> err;

    private ServedProcess(Process process, URI address, CompletableFuture<String> err) {
        this.process = process;
        this.err = err;
        this.address = address;
        this.client = new ServiceClient(address);
    }

    /** Starts a server on a data folder and waits until it says where it answers. */
    static ServedProcess start(Path folder, String... options) throws Exception {
        return start(folder, List.of(), options);
    }

    /** The same with options for its JVM. */
    static ServedProcess start(Path folder, List<String> jvmOptions, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0", "--data", "data"));
        arguments.addAll(List.of(options));
        Process process = CommandLineProcess.start(
                folder,
                Map.of(),
                // Java ignores signals that its parent ignored, as a background job's shell does.
                withDefaultSignals(CommandLineProcess.java(jvmOptions, arguments.toArray(String[]::new))));
        // Read all the time: a process whose pipe is full waits for ever.
        CompletableFuture<String> err = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                err.complete(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                err.completeExceptionally(e);
            }
        });
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
            process.destroyForcibly();
            throw new AssertionError("no server: " + line + " " + err.get(LONGEST_START_SECONDS, TimeUnit.SECONDS));
        }
        return new ServedProcess(process, URI.create(line.substring(READY.length())), err);
    }

    ServiceClient client() {
        return client;
    }

    URI address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    /** How the process is, for messages: running, or how it ended and what it said last. */
    String state() {
        if (process.isAlive()) {
            return "the server runs";
        }
        String said = err.getNow("");
        return "the server ended with " + process.exitValue() + ": "
                + said.substring(Math.max(0, said.length() - LONGEST_LAST_WORDS));
    }

    /** SIGKILL: no handler, no flush. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    }

    /** SIGTERM, and what the process left. */
    Result terminate() throws Exception {
        signal("TERM");
        return awaitEnd();
    }

    /** Sends a signal and does not wait for anything. */
    void signal(String name) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, "" + process.pid())
                        .start()
                        .waitFor(),
                name);
    }

    /** Waits for the end of the process, and gives what it left. */
    Result awaitEnd() throws Exception {
        if (!process.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + LONGEST_END_SECONDS + " s");
        }
        return new Result(process.exitValue(), "", err.get(LONGEST_END_SECONDS, TimeUnit.SECONDS));
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
