package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real PostgreSQL of this machine's packages, in a folder and on a port of its own; gone when closed. */
final class PostgresServer implements AutoCloseable {
    private static final Path PACKAGES = Path.of("/usr/lib/postgresql");
    private static final int LONGEST_SECONDS = 60;

    private final Path programs;
    private final Path folder;
    private final int port;

    private PostgresServer(Path programs, Path folder, int port) {
        this.programs = programs;
        this.folder = folder;
        this.port = port;
    }

    /** Starts one; skips the test, saying why, where there is none to start. */
    static PostgresServer start() throws Exception {
        Optional<Path> programs = programs();
        assumeTrue(programs.isPresent(), "no PostgreSQL in " + PACKAGES + " (apt-get install postgresql)");
        Path folder = Files.createTempDirectory("zoetrope-postgresql");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        PostgresServer server = new PostgresServer(programs.get(), folder, port);
        if (isRoot()) { // which it refuses to run as
            run(List.of("chown", "postgres", folder.toString()));
        }
        server.program("initdb", "--auth=trust", "--username=tester", "--no-sync", "--encoding=UTF8");
        server.program(
                "pg_ctl",
                "--wait",
                "--log=" + folder.resolve("log"),
                "--options=-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off",
                "start");
        return server;
    }

    private static Optional<Path> programs() throws IOException {
        if (!Files.isDirectory(PACKAGES)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(PACKAGES)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.comparingInt(bin -> Integer.parseInt(
                            bin.getParent().getFileName().toString().replaceAll("\\..*", ""))));
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** What {@code --database} takes. */
    String url() {
        return "postgresql://tester:unused@127.0.0.1:" + port + "/postgres";
    }

    private void program(String name, String... options) throws IOException {
        List<String> command = new ArrayList<>(isRoot() ? List.of("runuser", "-u", "postgres", "--") : List.of());
        command.add(programs.resolve(name).toString());
        command.add("--pgdata=" + folder.resolve("data"));
        command.addAll(List.of(options));
        run(command);
    }

    private static void run(List<String> command) throws IOException {
        Path output = Files.createTempFile("zoetrope-postgresql", ".txt"); // a pipe would be held open by the server
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.onExit()
                .completeOnTimeout(process, LONGEST_SECONDS, TimeUnit.SECONDS)
                .thenApply(ending -> !ending.isAlive())
                .join();
        String said = Files.readString(output, StandardCharsets.UTF_8);
        Files.delete(output);
        assertEquals(true, ended, () -> "still running: " + command);
        assertEquals(0, process.exitValue(), () -> command + " " + said);
    }

    /** Stops it by the process number in its own folder. */
    @Override
    public void close() throws IOException {
        program("pg_ctl", "--wait", "--mode=immediate", "stop");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
