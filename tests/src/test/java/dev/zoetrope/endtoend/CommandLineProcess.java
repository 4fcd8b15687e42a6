package dev.zoetrope.endtoend;

import dev.zoetrope.cli.ZoetropeCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs the command as a user does: in a process of its own where its end matters, else in this one, which is quicker. */
public final class CommandLineProcess {
    /** Ten times what a render of the tiny model takes on two busy cores. */
    private static final int LONGEST_SECONDS = 120;

    private CommandLineProcess() {}

    /**
     * What a command left.
     *
     * @param status exit status
     * @param out standard output
     * @param err standard error
     */
    public record Result(int status, String out, String err) {}

    /** Runs a command in this process. */
    public static Result runHere(String... arguments) {
        return runHere(InputStream.nullInputStream(), arguments);
    }

    /** Runs a command in this process, with something on its standard input. */
    public static Result runHere(InputStream in, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = ZoetropeCommand.run(in, new PrintWriter(out), new PrintWriter(err), arguments);
        return new Result(status, out.toString(), err.toString());
    }

    /** Runs a command in a process of its own, to its end. */
    public static Result run(Path workingFolder, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        return finish(start(workingFolder, environment, command));
    }

    /** Starts a process; {@code command} comes from {@link #java}. */
    public static Process start(Path workingFolder, Map<String, String> environment, List<String> command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
        builder.environment().remove("JDK_JAVA_OPTIONS");
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** The command line of a JVM that runs {@code zoetrope} with these arguments. */
    public static List<String> java(List<String> jvmOptions, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-XX:+UseSerialGC");
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(ZoetropeCommand.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    /** Waits for a process and takes what it printed. */
    public static Result finish(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        CompletableFuture<String> err = CompletableFuture.supplyAsync(
                () -> readAll(process.getErrorStream()), CommandLineProcess::onItsOwnThread);
        CompletableFuture<String> out = CompletableFuture.supplyAsync(
                () -> readAll(process.getInputStream()), CommandLineProcess::onItsOwnThread);
        if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + LONGEST_SECONDS + " s: " + err.join());
        }
        return new Result(process.exitValue(), out.join(), err.join());
    }

    /** The common pool may have one thread, and both streams have to be read at once. */
    private static void onItsOwnThread(Runnable task) {
        Thread.ofPlatform().daemon().start(task);
    }

    private static String readAll(InputStream in) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            in.transferTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
