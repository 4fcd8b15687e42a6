package dev.zoetrope.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.server.config.ApiKeys;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BrowserSessionsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final ApiKeys KEYS = ApiKeys.of(List.of("a-key-of-sixteen-characters"));
    private static final String OWNER =
            KEYS.owner("a-key-of-sixteen-characters").orElseThrow();

    private Instant now = NOW;
    private final BrowserSessions sessions = new BrowserSessions(KEYS, () -> now);

    @Test
    void aCookieSaysWhoseItIs() {
        assertEquals(Optional.of(OWNER), sessions.owner(sessions.issue(OWNER)));
    }

    @Test
    void aCookieIsOverAfterItsTime() {
        String cookie = sessions.issue(OWNER);
        now = NOW.plus(BrowserSessions.LIFETIME).minusSeconds(1);
        assertEquals(Optional.of(OWNER), sessions.owner(cookie));
        now = NOW.plus(BrowserSessions.LIFETIME);
        assertEquals(Optional.empty(), sessions.owner(cookie));
    }

    @Test
    void whatThisServerDidNotSealIsNothing() {
        String cookie = sessions.issue(OWNER);
        String other = "0".repeat(64) + cookie.substring(64);
        assertEquals(Optional.empty(), sessions.owner(other), "another's name under the same seal");
        assertEquals(Optional.empty(), sessions.owner(cookie.replaceFirst("-\\d+-", "-99999999999-")));
        assertEquals(Optional.empty(), sessions.owner(""));
        assertEquals(Optional.empty(), sessions.owner("a-b-c"));
        assertEquals(Optional.empty(), new BrowserSessions(KEYS, () -> now).owner(cookie), "another process's");
    }
}
