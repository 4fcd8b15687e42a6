package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;

/**
 * What everybody may have of a server that others use too: every key, or all of this machine where there are no keys. 0 of
 * anything is no limit.
 *
 * @param requestsPerMinute requests, as many at once as a minute has
 * @param unfinishedJobs videos and pictures that wait or run
 * @param videosPerDay videos and pictures taken between midnight and midnight (UTC)
 * @param storedBytes files of videos, uploads among them, with which no more videos are taken
 */
public record KeyLimits(int requestsPerMinute, int unfinishedJobs, int videosPerDay, long storedBytes) {
    /** What a server that others reach keeps for everybody: some thousand clips. */
    public static final int USUAL_STORED_MIB = 20_480;

    public KeyLimits {
        check("--max-requests", requestsPerMinute);
        check("--max-jobs-per-key", unfinishedJobs);
        check("--max-videos-per-day", videosPerDay);
        check("--max-stored-per-key", storedBytes);
    }

    /** For a server that only this machine reaches. */
    public static KeyLimits none() {
        return new KeyLimits(0, 0, 0, 0);
    }

    /** For one that others reach: enough for twenty clients that poll each second with one key. */
    public static KeyLimits usual() {
        return new KeyLimits(1200, 50, 1000, (long) USUAL_STORED_MIB << 20);
    }

    private static void check(String name, long found) {
        if (found < 0) {
            throw new RequestException(name + ": expected 0 (no limit) or more, found " + found);
        }
    }
}
