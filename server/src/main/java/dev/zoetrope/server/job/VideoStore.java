package dev.zoetrope.server.job;

import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The videos that were asked for, one row each. Every change of a status names the statuses it may follow, so of two that
 * happen at once only one takes place. Thread-safe; blocks.
 */
public final class VideoStore {
    private static final String COLUMNS = "id, owner, status, progress, request, model, created, completed,"
            + " error_code, error_message, remixed_from, priority, expires";

    private static final int LONGEST_MESSAGE = 4000;

    private final Database database;
    private final Duration expiry;
    private final boolean announcing;

    /**
     * The videos of a database.
     *
     * @param expiry how long a video is kept when it is over; zero: for ever
     * @param announcing whether somebody has to be told when one is
     */
    VideoStore(Database database, Duration expiry, boolean announcing) {
        this.database = database;
        this.expiry = expiry;
        this.announcing = announcing;
    }

    /** In which order a list is. */
    public enum Order {
        NEWEST_FIRST,
        OLDEST_FIRST
    }

    void insert(Video video) {
        database.update(
                "insert into videos (id, owner, status, progress, request, model, created, remixed_from, priority)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                video.id(),
                video.owner().orElse(null),
                video.status().id(),
                video.progress(),
                video.request().toJson(),
                video.model(),
                time(video.created()),
                video.remixedFrom().orElse(null),
                video.priority().id());
    }

    /** Keeps where a video comes from. */
    void origin(String id, Origin origin) {
        database.update(
                "update videos set request_id = ?, trace = ? where id = ?",
                origin.request().orElse(null),
                origin.trace().orElse(null),
                id);
    }

    /** Keeps how large a video's files are, for its owner's quota. */
    void bytes(String id, long bytes) {
        database.update("update videos set bytes = ? where id = ?", bytes, id);
    }

    /** Where a video comes from, as far as that is known. */
    Origin origin(String id) {
        return database
                .query(
                        row -> new Origin(
                                Optional.ofNullable(row.getString("request_id")),
                                Optional.ofNullable(row.getString("trace"))),
                        "select request_id, trace from videos where id = ?",
                        id)
                .stream()
                .findFirst()
                .orElse(Origin.NONE);
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
        record Waiting(String id, Instant turn) {}
        return database
                .query(
                        row -> new Waiting(row.getString("id"), Video.turn(created(row), priority(row))),
                        "select id, created, priority from videos where status = 'queued' order by number")
                .stream()
                .sorted(Comparator.comparing(Waiting::turn))
                .map(Waiting::id)
                .toList();
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

    /**
     * Says that a worker makes a video.
     *
     * @return the number of this run, from 1: who has not the newest has lost the job to another; empty when the video is not
     *     to be made
     */
    OptionalLong begin(String id, String worker) {
        int begun = database.update(
                "update videos set status = 'in_progress', starts = starts + 1, run = run + 1, worker = ?"
                        + " where id = ? and status in ('queued', 'in_progress')",
                worker,
                id);
        if (begun == 0) {
            return OptionalLong.empty();
        }
        return database
                .query(row -> row.getLong(1), "select run from videos where id = ? and worker = ?", id, worker)
                .stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }

    /** How a run stands with its video. */
    enum Standing {
        /** It is this run's to make. */
        OURS,
        /** Another run was begun since. */
        ANOTHERS,
        /** It was cancelled, or it is over. */
        ENDED,
        /** It was deleted. */
        GONE
    }

    /** How a run stands with its video. */
    Standing standing(String id, long run) {
        return database
                .query(
                        row -> row.getLong("run") != run
                                ? Standing.ANOTHERS
                                : VideoStatus.of(row.getString("status")) == VideoStatus.IN_PROGRESS
                                        ? Standing.OURS
                                        : Standing.ENDED,
                        "select run, status from videos where id = ?",
                        id)
                .stream()
                .findFirst()
                .orElse(Standing.GONE);
    }

    /** The runs that a worker has, by the ids of their videos. */
    Map<String, Long> runsOf(String worker) {
        Map<String, Long> runs = new HashMap<>();
        database.query(
                row -> runs.put(row.getString(1), row.getLong(2)),
                "select id, run from videos where worker = ? and status = 'in_progress'",
                worker);
        return runs;
    }

    /** How often it was begun since it last got on. */
    int starts(String id) {
        return database.query(row -> row.getInt(1), "select starts from videos where id = ?", id).stream()
                .findFirst()
                .orElse(0);
    }

    /** Keeps how far it is, so that a restart does not let it fall; who gets on has no useless starts behind it. */
    void progress(String id, long run, int percent, JobEvent said) {
        database.update(
                "update videos set starts = case when progress < ? then 0 else starts end,"
                        + " progress = greatest(progress, ?), said = ?"
                        + " where id = ? and run = ? and status = 'in_progress'",
                percent,
                percent,
                said.toText(),
                id,
                run);
    }

    /** What the worker of a video said last; nothing where nobody makes it. */
    Optional<JobEvent> said(String id) {
        return database
                .query(
                        row -> JobEvent.ofText(
                                Optional.ofNullable(row.getString("said")).orElse(""), row.getInt("progress")),
                        "select said, progress from videos where id = ? and status = 'in_progress'",
                        id)
                .stream()
                .findFirst();
    }

    /** Puts what was interrupted back where it was. */
    void requeue(String id, long run) {
        database.update(
                "update videos set status = 'queued', starts = greatest(starts - 1, 0)"
                        + " where id = ? and run = ? and status = 'in_progress'",
                id,
                run);
    }

    /** Unfinished videos without a task in the queue: who took them in was killed between the two rows. */
    List<String> withoutTask() {
        return database.query(
                row -> row.getString(1),
                "select id from videos where status in ('queued', 'in_progress') and not exists (select 1 from"
                        + " scheduled_tasks where task_name = ? and task_instance = videos.id) order by number",
                JobQueue.TASK);
    }

    /** The same for all that a killed server left. */
    void requeueAll() {
        database.update("update videos set status = 'queued' where status = 'in_progress'");
    }

    /** False when it was cancelled or deleted meanwhile, or another run has it. */
    boolean complete(String id, long run) {
        Instant now = Instant.now();
        return database.update(
                        "update videos set status = 'completed', progress = 100, completed = ?, expires = ?,"
                                + " announced = ? where id = ? and run = ? and status = 'in_progress'",
                        time(now),
                        expires(now),
                        !announcing,
                        id,
                        run)
                == 1;
    }

    boolean fail(String id, long run, Video.Failure failure) {
        return database.update(
                        "update videos set status = 'failed', error_code = ?, error_message = ?, expires = ?,"
                                + " announced = ? where id = ? and run = ? and status = 'in_progress'",
                        failure.code(),
                        shortened(failure.message()),
                        expires(Instant.now()),
                        !announcing,
                        id,
                        run)
                == 1;
    }

    private static String shortened(String message) {
        return message.substring(0, Math.min(message.length(), LONGEST_MESSAGE));
    }

    /** Puts a row that a database forgot to change where its video ended. */
    void end(Video video) {
        database.update(
                "update videos set status = ?, progress = ?, completed = ?, error_code = ?, error_message = ?,"
                        + " expires = ?, announced = ? where id = ? and status in ('queued', 'in_progress')",
                video.status().id(),
                video.progress(),
                video.completed().map(VideoStore::time).orElse(null),
                video.failure().map(Video.Failure::code).orElse(null),
                video.failure().map(failure -> shortened(failure.message())).orElse(null),
                expires(video.completed().orElse(Instant.now())),
                !announcing || video.status() == VideoStatus.CANCELLED,
                video.id());
    }

    boolean cancel(String id) {
        return database.update(
                        "update videos set status = 'cancelled', expires = ?"
                                + " where id = ? and status in ('queued', 'in_progress')",
                        expires(Instant.now()),
                        id)
                == 1;
    }

    private @Nullable OffsetDateTime expires(Instant end) {
        return expiry.isZero() ? null : time(end.plus(expiry));
    }

    /** Ids of videos that are to be removed, those that expired first at the beginning. */
    List<String> expired(Instant now, int most) {
        return database.query(
                row -> row.getString(1),
                "select id from videos where expires <= ? and status in ('completed', 'failed', 'cancelled')"
                        + " order by expires limit ?",
                time(now),
                most);
    }

    /** The id of the video that was completed first; nothing where there is none. */
    Optional<String> oldestCompleted() {
        return database
                .query(
                        row -> row.getString(1),
                        "select id from videos where status = 'completed' order by completed limit 1")
                .stream()
                .findFirst();
    }

    /** Videos whose end is still to be told. */
    List<Video> unannounced() {
        return database.query(
                VideoStore::read,
                "select " + COLUMNS + " from videos where not announced and status in ('completed', 'failed')");
    }

    /** Says that a video's end will be told. */
    void announced(String id) {
        database.update("update videos set announced = true where id = ?", id);
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
                created(row),
                Optional.ofNullable(row.getObject("completed", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                failure,
                Optional.ofNullable(row.getString("remixed_from")),
                priority(row),
                Optional.ofNullable(row.getObject("expires", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant));
    }

    private static Instant created(ResultSet row) throws SQLException {
        return row.getObject("created", OffsetDateTime.class).toInstant();
    }

    private static Priority priority(ResultSet row) throws SQLException {
        return Priority.of(row.getString("priority")).orElse(Priority.NORMAL);
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
