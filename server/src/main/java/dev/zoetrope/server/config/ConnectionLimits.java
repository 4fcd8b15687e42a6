package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.time.Duration;

/**
 * What a client may hold without asking for anything. A connection costs little, and a machine has only so many: one that is
 * opened and never used, or used a byte at a time, must not keep others out.
 *
 * @param connections most at a time; more are closed as they come
 * @param headerTime within which a request has to have come up to its body, counted from the connection's beginning or from
 *     the answer before it
 * @param bodyTime within which a body has to have come, beside what its size takes at {@link #bytesPerSecond}
 * @param bytesPerSecond slowest that a body may come
 */
public record ConnectionLimits(int connections, Duration headerTime, Duration bodyTime, int bytesPerSecond) {
    public static final int USUAL_CONNECTIONS = 1000;

    public ConnectionLimits {
        if (connections < 1) {
            throw new RequestException("--max-connections: expected at least 1, found " + connections);
        }
    }

    /** For a server that strangers reach. */
    public static ConnectionLimits usual() {
        return new ConnectionLimits(USUAL_CONNECTIONS, Duration.ofSeconds(60), Duration.ofSeconds(30), 16 << 10);
    }

    public ConnectionLimits withConnections(int value) {
        return new ConnectionLimits(value, headerTime, bodyTime, bytesPerSecond);
    }

    public ConnectionLimits withTimes(Duration header, Duration body) {
        return new ConnectionLimits(connections, header, body, bytesPerSecond);
    }
}
