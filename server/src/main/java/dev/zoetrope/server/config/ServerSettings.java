package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * How a server is set up. The defaults are safe for a machine that others use too: reached from this machine alone, all
 * limits on.
 *
 * @param host the address to listen on; anything but this machine's own needs API keys
 * @param port the port; 0 = one that is free
 * @param dataFolder holds the files of the jobs; one server at a time, unless the database is shared
 * @param keys who may use it; none = everybody who reaches it
 * @param workers jobs that are rendered at a time
 * @param limits what is refused before it costs anything
 * @param work what one video may take
 * @param shutdownDeadline how long the running jobs have at the end to reach a point they can go on from
 * @param jobs how jobs and what comes of them are kept
 */
public record ServerSettings(
        String host,
        int port,
        Path dataFolder,
        ApiKeys keys,
        int workers,
        Limits limits,
        WorkLimits work,
        Duration shutdownDeadline,
        JobSettings jobs) {
    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 8080;
    public static final int MAX_WORKERS = 64;

    private static final int MAX_PORT = 65_535;
    private static final Duration SHORTEST_SHUTDOWN = Duration.ofSeconds(1);
    private static final Duration LONGEST_SHUTDOWN = Duration.ofHours(1);

    /**
     * What a client may ask for.
     *
     * @param uploadBytes largest body of a request with files
     * @param jsonBytes largest body of any other request
     * @param uploadPixels most pixels of an uploaded picture
     * @param unfinishedJobs most jobs that wait or run
     * @param connections what a client may hold without asking for anything
     * @param keys what everybody may have
     */
    public record Limits(
            long uploadBytes,
            long jsonBytes,
            long uploadPixels,
            int unfinishedJobs,
            ConnectionLimits connections,
            KeyLimits keys) {
        public static Limits defaults() {
            return new Limits(32L << 20, 1L << 20, 50_000_000, 100, ConnectionLimits.usual(), KeyLimits.none());
        }

        public Limits withUploadBytes(long value) {
            return new Limits(value, jsonBytes, uploadPixels, unfinishedJobs, connections, keys);
        }

        public Limits withUnfinishedJobs(int value) {
            return new Limits(uploadBytes, jsonBytes, uploadPixels, value, connections, keys);
        }

        public Limits withConnections(ConnectionLimits value) {
            return new Limits(uploadBytes, jsonBytes, uploadPixels, unfinishedJobs, value, keys);
        }

        public Limits withKeys(KeyLimits value) {
            return new Limits(uploadBytes, jsonBytes, uploadPixels, unfinishedJobs, connections, value);
        }
    }

    public ServerSettings {
        checkRange("--port", port, 0, MAX_PORT);
        checkRange("--workers", workers, 1, MAX_WORKERS);
        checkRange("--max-jobs", limits.unfinishedJobs(), 1, 1_000_000);
        if (shutdownDeadline.compareTo(SHORTEST_SHUTDOWN) < 0 || shutdownDeadline.compareTo(LONGEST_SHUTDOWN) > 0) {
            throw new RequestException("--shutdown-deadline: expected " + SHORTEST_SHUTDOWN.toSeconds() + "s to "
                    + LONGEST_SHUTDOWN.toHours() + "h, found " + shutdownDeadline.toMillis() / 1000.0 + "s");
        }
        if (keys.isEmpty() && !isLoopback(host)) {
            throw new RequestException("--host: expected this machine's own address such as " + DEFAULT_HOST
                    + ", found " + host + " without API keys (give --api-key-file, or set ZOETROPE_API_KEYS)");
        }
    }

    /** On this machine alone, without keys. */
    public static ServerSettings in(Path dataFolder) {
        return new ServerSettings(
                DEFAULT_HOST,
                DEFAULT_PORT,
                dataFolder,
                ApiKeys.none(),
                1,
                Limits.defaults(),
                WorkLimits.defaults(),
                Duration.ofSeconds(15),
                JobSettings.defaults());
    }

    /** Host and keys are set together: one decides whether the other is needed. */
    public ServerSettings withAccess(String newHost, ApiKeys newKeys) {
        return new ServerSettings(newHost, port, dataFolder, newKeys, workers, limits, work, shutdownDeadline, jobs);
    }

    public ServerSettings withPort(int value) {
        return new ServerSettings(host, value, dataFolder, keys, workers, limits, work, shutdownDeadline, jobs);
    }

    public ServerSettings withWorkers(int value) {
        return new ServerSettings(host, port, dataFolder, keys, value, limits, work, shutdownDeadline, jobs);
    }

    public ServerSettings withLimits(Limits value) {
        return new ServerSettings(host, port, dataFolder, keys, workers, value, work, shutdownDeadline, jobs);
    }

    public ServerSettings withWork(WorkLimits value) {
        return new ServerSettings(host, port, dataFolder, keys, workers, limits, value, shutdownDeadline, jobs);
    }

    public ServerSettings withShutdownDeadline(Duration value) {
        return new ServerSettings(host, port, dataFolder, keys, workers, limits, work, value, jobs);
    }

    public ServerSettings withJobs(JobSettings value) {
        return new ServerSettings(host, port, dataFolder, keys, workers, limits, work, shutdownDeadline, value);
    }

    /** Whether an address is this machine's own, so that nobody else reaches it. */
    public static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            throw new RequestException("--host: expected an address of this machine, found '" + host + "'", e);
        }
    }

    private static void checkRange(String name, int found, int least, int most) {
        if (found < least || found > most) {
            throw new RequestException(name + ": expected " + least + " to " + most + ", found " + found
                    + " (nearest that works: " + Math.clamp(found, least, most) + ")");
        }
    }
}
