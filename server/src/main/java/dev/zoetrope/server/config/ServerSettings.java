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
 * @param dataFolder holds the jobs and their results; one server at a time
 * @param keys who may use it; none = everybody who reaches it
 * @param workers jobs that are rendered at a time
 * @param limits what is refused before it costs anything
 * @param shutdownDeadline how long the running jobs have at the end to reach a point they can go on from
 */
public record ServerSettings(
        String host, int port, Path dataFolder, ApiKeys keys, int workers, Limits limits, Duration shutdownDeadline) {
    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 8080;
    public static final int MAX_WORKERS = 64;

    private static final int MAX_PORT = 65_535;

    /**
     * What a client may ask for.
     *
     * @param uploadBytes largest body of a request with files
     * @param jsonBytes largest body of any other request
     * @param uploadPixels most pixels of an uploaded picture
     * @param unfinishedJobs most jobs that wait or run
     */
    public record Limits(long uploadBytes, long jsonBytes, long uploadPixels, int unfinishedJobs) {
        public static Limits defaults() {
            return new Limits(32L << 20, 1L << 20, 50_000_000, 100);
        }

        public Limits withUnfinishedJobs(int value) {
            return new Limits(uploadBytes, jsonBytes, uploadPixels, value);
        }
    }

    public ServerSettings {
        checkRange("--port", port, 0, MAX_PORT);
        checkRange("--workers", workers, 1, MAX_WORKERS);
        checkRange("--max-jobs", limits.unfinishedJobs(), 1, 1_000_000);
        if (keys.isEmpty() && !isLoopback(host)) {
            throw new RequestException("--host: expected this machine's own address such as " + DEFAULT_HOST
                    + ", found " + host + " without API keys (give --api-key-file, or set ZOETROPE_API_KEYS)");
        }
    }

    /** On this machine alone, without keys. */
    public static ServerSettings in(Path dataFolder) {
        return new ServerSettings(
                DEFAULT_HOST, DEFAULT_PORT, dataFolder, ApiKeys.none(), 1, Limits.defaults(), Duration.ofSeconds(15));
    }

    /** Host and keys are set together: one decides whether the other is needed. */
    public ServerSettings withAccess(String newHost, ApiKeys newKeys) {
        return new ServerSettings(newHost, port, dataFolder, newKeys, workers, limits, shutdownDeadline);
    }

    public ServerSettings withPort(int value) {
        return new ServerSettings(host, value, dataFolder, keys, workers, limits, shutdownDeadline);
    }

    public ServerSettings withWorkers(int value) {
        return new ServerSettings(host, port, dataFolder, keys, value, limits, shutdownDeadline);
    }

    public ServerSettings withLimits(Limits value) {
        return new ServerSettings(host, port, dataFolder, keys, workers, value, shutdownDeadline);
    }

    public ServerSettings withShutdownDeadline(Duration value) {
        return new ServerSettings(host, port, dataFolder, keys, workers, limits, value);
    }

    private static boolean isLoopback(String host) {
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
