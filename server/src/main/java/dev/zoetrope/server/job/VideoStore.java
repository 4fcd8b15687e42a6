package dev.zoetrope.server.job;

import dev.zoetrope.runtime.RenderRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The videos that were asked for, one row each. Every change of a status names the statuses it may follow, so of two that
 * happen at once only one takes place. Thread-safe; blocks.
 */
public final class VideoStore {
    private static final String COLUMNS = "id, owner, status, progress, request, model, created, completed,"
            + " error_code, error_message, remixed_from";

    private static final int LONGEST_MESSAGE = 4000;

    private final Database database;

    VideoStore(Database database) {
        this.database = database;
    }

    /** In which order a list is. */
    public enum Order {
        NEWEST_FIRST,
        OLDEST_FIRST
    }

    void insert(Video video) {
        database.update(
                "insert into videos (id, owner, status, progress, request, model, created, remixed_from)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?)",
                video.id(),
                video.owner().orElse(null),
                video.status().id(),
                video.progress(),
                video.request().toJson(),
                video.model(),
                time(video.created()),
                video.remixedFrom().orElse(null));
    }

    /** Returns when all changes so far are on the disk: to be called before one is acknowledged. */
    void flush() {
        database.flush();
    }

    /** A video, whoever's it is. */
    Optional<Video> find(String id) {
        return database.query(VideoStore::read, "select " + COLUMNS + " from videos where id = ?", id).stream()
                .findFirst();
    }

    /** A video of an owner. */
    public Optional<Video> find(String id, Optional<String> owner) {
        return find(id).filter(video -> video.owner().equals(owner));
    }

    /**
     * An owner's videos.
     *
     * @param after only those behind the one of this id; one that is no more gives nothing
     */
    public List<Video> list(Optional<String> owner, Optional<String> after, int limit, Order order) {
        boolean rising = order == Order.OLDEST_FIRST;
        List<@Nullable Object> values = new ArrayList<>();
        values.add(owner.orElse(null));
        String place = "";
        if (after.isPresent()) {
            place = " and number " + (rising ? ">" : "<") + " (select number from videos where id = ?)";
            values.add(after.get());
        }
        values.add(limit);
        return database.query(
                VideoStore::read,
                "select " + COLUMNS + " from videos where owner is not distinct from ?" + place + " order by number "
                        + (rising ? "asc" : "desc") + " limit ?",
                values.toArray());
    }

    /** Ids of what waits, in the order it will be begun. */
    List<String> queued() {
        return database.query(row -> row.getString(1), "select id from videos where status = 'queued' order by number");
    }

    /** How many wait or run. */
    int unfinished() {
        return database.query(
                        row -> row.getInt(1), "select count(*) from videos where status in ('queued', 'in_progress')")
                .getFirst();
    }

    /** Ids of all videos. */
    List<String> all() {
        return database.query(row -> row.getString(1), "select id from videos");
    }

    /** Says that a video is being made; false when it is not to be. */
    boolean begin(String id) {
        return database.update(
                        "update videos set status = 'in_progress', starts = starts + 1"
                                + " where id = ? and status in ('queued', 'in_progress')",
                        id)
                == 1;
    }

    /** How often it was begun since it last got on. */
    int starts(String id) {
        return database.query(row -> row.getInt(1), "select starts from videos where id = ?", id).stream()
                .findFirst()
                .orElse(0);
    }

    /** Keeps how far it is, so that a restart does not let it fall; who gets on has no useless starts behind it. */
    void progress(String id, int percent) {
        database.update(
                "update videos set progress = ?, starts = 0 where id = ? and status = 'in_progress' and progress < ?",
                percent,
                id,
                percent);
    }

    /** Puts what was interrupted back where it was. */
    void requeue(String id) {
        database.update(
                "update videos set status = 'queued', starts = greatest(starts - 1, 0)"
                        + " where id = ? and status = 'in_progress'",
                id);
    }

    /** The same for all that a killed server left. */
    void requeueAll() {
        database.update("update videos set status = 'queued' where status = 'in_progress'");
    }

    /** False when it was cancelled or deleted meanwhile. */
    boolean complete(String id) {
        return database.update(
                        "update videos set status = 'completed', progress = 100, completed = ?"
                                + " where id = ? and status = 'in_progress'",
                        time(Instant.now()),
                        id)
                == 1;
    }

    boolean fail(String id, Video.Failure failure) {
        String message = failure.message();
        return database.update(
                        "update videos set status = 'failed', error_code = ?, error_message = ?"
                                + " where id = ? and status in ('queued', 'in_progress')",
                        failure.code(),
                        message.substring(0, Math.min(message.length(), LONGEST_MESSAGE)),
                        id)
                == 1;
    }

    boolean cancel(String id) {
        return database.update(
                        "update videos set status = 'cancelled' where id = ? and status in ('queued', 'in_progress')",
                        id)
                == 1;
    }

    boolean delete(String id) {
        return database.update("delete from videos where id = ?", id) == 1;
    }

    private static Video read(ResultSet row) throws SQLException {
        Optional<Video.Failure> failure = Optional.ofNullable(row.getString("error_code"))
                .map(code -> new Video.Failure(code, text(row, "error_message")));
        return new Video(
                row.getString("id"),
                Optional.ofNullable(row.getString("owner")),
                VideoStatus.of(row.getString("status")),
                row.getInt("progress"),
                RenderRequest.fromJson(row.getString("request")),
                row.getString("model"),
                row.getObject("created", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.getObject("completed", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                failure,
                Optional.ofNullable(row.getString("remixed_from")));
    }

    private static String text(ResultSet row, String column) {
        try {
            return String.valueOf(row.getString(column));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
