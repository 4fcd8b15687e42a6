package dev.zoetrope.server.job;

import dev.zoetrope.server.config.KeyLimits;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/** How much everybody has had, in the database, so that a restart gives nobody more. Thread-safe; blocks. */
final class KeyQuota {
    /** When to ask again while one's own videos wait: some of them are done then. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    /** So long that no client asks again by itself: the owner has to delete something. */
    private static final Duration UNTIL_SOME_EXPIRE = Duration.ofHours(1);

    private final Database database;
    private final KeyLimits limits;

    KeyQuota(Database database, KeyLimits limits) {
        this.database = database;
        this.limits = limits;
    }

    /**
     * Before videos or pictures are taken.
     *
     * @param pictures of the same owner that are not done; they have no rows
     * @param more how many are wanted
     * @throws QuotaException when its owner would have more than there is
     */
    void check(Optional<String> owner, int pictures, int more) {
        int most = limits.unfinishedJobs();
        int unfinished = most == 0 ? 0 : unfinished(owner) + pictures;
        if (most > 0 && unfinished + more > most) {
            throw new QuotaException(
                    "rate_limit_exceeded",
                    RETRY,
                    "videos and pictures: expected at most " + most + " of one key that wait or run, found "
                            + unfinished + " and " + more + " more (try again when some are done)");
        }
        int perDay = limits.videosPerDay();
        int taken = perDay == 0 ? 0 : taken(owner);
        if (perDay > 0 && taken + more > perDay) {
            throw new QuotaException(
                    "insufficient_quota",
                    untilMidnight(),
                    "videos and pictures: expected at most " + perDay + " a day with one key, found " + taken + " and "
                            + more + " more (the day ends at midnight UTC)");
        }
    }

    /**
     * Before a video is taken; pictures are not kept. Those under way may bring it above the limit.
     *
     * @throws QuotaException when its owner keeps as much as one may
     */
    void checkStored(Optional<String> owner) {
        long most = limits.storedBytes();
        long stored = most == 0 ? 0 : stored(owner);
        if (most > 0 && stored >= most) {
            throw new QuotaException(
                    "insufficient_quota",
                    UNTIL_SOME_EXPIRE,
                    "stored videos: expected less than " + most + " bytes of one key, found " + stored
                            + " (delete some)");
        }
    }

    /** After so many were taken; that one is deleted later gives nothing back. */
    void count(Optional<String> owner, int more) {
        if (limits.videosPerDay() == 0) {
            return;
        }
        if (!add(owner, more)) {
            database.update("delete from usage_by_day where owner = ? and day_utc <> ?", name(owner), today());
            try {
                database.update(
                        "insert into usage_by_day (owner, day_utc, videos) values (?, ?, ?)",
                        name(owner),
                        today(),
                        more);
            } catch (RuntimeException e) {
                if (!add(owner, more)) { // another one of the day's first has made the row meanwhile
                    throw e;
                }
            }
        }
    }

    private boolean add(Optional<String> owner, int more) {
        return database.update(
                        "update usage_by_day set videos = videos + ? where owner = ? and day_utc = ?",
                        more,
                        name(owner),
                        today())
                > 0;
    }

    private int unfinished(Optional<String> owner) {
        return database.query(
                        row -> row.getInt(1),
                        "select count(*) from videos where status in ('queued', 'in_progress')"
                                + " and owner is not distinct from ?",
                        owner.orElse(null))
                .getFirst();
    }

    private long stored(Optional<String> owner) {
        return database.query(
                        row -> row.getLong(1),
                        "select coalesce(sum(bytes), 0) from videos where owner is not distinct from ?",
                        owner.orElse(null))
                .getFirst();
    }

    private int taken(Optional<String> owner) {
        return database
                .query(
                        row -> row.getInt(1),
                        "select videos from usage_by_day where owner = ? and day_utc = ?",
                        name(owner),
                        today())
                .stream()
                .findFirst()
                .orElse(0);
    }

    private static String name(Optional<String> owner) {
        return owner.orElse("");
    }

    private static String today() {
        return LocalDate.now(ZoneOffset.UTC).toString();
    }

    private static Duration untilMidnight() {
        Instant midnight = LocalDate.now(ZoneOffset.UTC)
                .plusDays(1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
        return Duration.between(Instant.now(), midnight);
    }
}
