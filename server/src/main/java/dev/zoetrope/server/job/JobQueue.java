package dev.zoetrope.server.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.jdbc.DefaultJdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/**
 * Says which job is next, by db-scheduler: its rows hold the id of a video and nothing else. A row is there until its job
 * said that it is over, so a job that was interrupted, however, is run again: {@link JobRunner} must not mind.
 */
final class JobQueue implements AutoCloseable {
    /* The library's defaults would take a dead worker's job up again after half an hour, and look for new ones every ten
     * seconds. It looks for dead ones at every second heartbeat: with these, a job moves at most 15 + 6 s after its worker's
     * last sign of life. Who is taken for dead wrongly loses its job, and nothing else (VideoStore.begin). */
    private static final Duration HEARTBEAT = Duration.ofSeconds(3);

    private static final int MISSED_HEARTBEATS = 5;
    private static final Duration POLLING = Duration.ofMillis(200);

    /** When a job is tried again whose end could not be written down. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** Name of the tasks that make videos. */
    static final String TASK = "render";

    private final Database database;
    private final CustomTask<Void> task;
    private final Scheduler scheduler;

    /** How a run of a job ended. */
    enum Outcome {
        /** It is over. */
        DONE,
        /** It has to be run again. */
        AGAIN,
        /** Another worker has it: its row in the queue is not this one's any more. */
        ANOTHERS
    }

    /**
     * A queue that does nothing yet.
     *
     * @param worker this server's name among those that share the database
     * @param workers jobs that are run at a time
     * @param deadline how long running jobs may take to end when this is closed, before they are interrupted
     * @param run runs the job of a video
     */
    JobQueue(Database database, String worker, int workers, Duration deadline, Function<String, Outcome> run) {
        this.database = database;
        this.task = Tasks.custom(TASK, Void.class)
                .onDeadExecutionRevive()
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, Instant.now().plus(RETRY)))
                .execute((instance, _) -> after(run.apply(instance.getId())));
        this.scheduler = on(
                        Scheduler.create(database.source(), task)
                                .schedulerName(new SchedulerName.Fixed(worker))
                                .threads(workers)
                                .heartbeatInterval(HEARTBEAT)
                                .missedHeartbeatsLimit(MISSED_HEARTBEATS)
                                .pollingInterval(POLLING)
                                .enableImmediateExecution()
                                .shutdownMaxWait(deadline),
                        database)
                .build();
    }

    /** Sets a scheduler up for its database. */
    static SchedulerBuilder on(SchedulerBuilder builder, Database database) {
        if (database.isShared()) {
            // Rows are taken by locking them, so that servers do not get in each other's way; no more than can be run.
            return builder.jdbcCustomization(new PostgreSqlJdbcCustomization(false, false))
                    .pollUsingLockAndFetch(0.5, 1.0);
        }
        // H2 needs nothing of its own; said, so that the library does not warn that it knows nothing of it.
        return builder.jdbcCustomization(new DefaultJdbcCustomization(false));
    }

    /** Gives back what was picked, where nobody else can have picked it. */
    static void freeIfAlone(Database database, String table) {
        if (!database.isShared()) {
            // One process has the database file, and it is this one: whatever is picked was picked by one that is gone.
            database.update("update " + table + " set picked = false, picked_by = null, last_heartbeat = null"
                    + " where picked = true");
        }
    }

    private static CompletionHandler<Void> after(Outcome outcome) {
        return switch (outcome) {
            case DONE -> new CompletionHandler.OnCompleteRemove<>();
            // At its old time, so that it keeps its place.
            case AGAIN ->
                (complete, operations) -> operations.reschedule(complete, complete.getExecution().executionTime);
            case ANOTHERS -> (_, _) -> {};
        };
    }

    /** Begins to run what waits. */
    void start() {
        freeIfAlone(database, "scheduled_tasks");
        scheduler.start();
    }

    /** Puts a video's job at the end, or where it is if it is there already. */
    void add(String id, Instant time) {
        scheduler.scheduleIfNotExists(task.instance(id), time);
    }

    /** Begins no more jobs, waits for those that run, and interrupts them at the deadline. */
    @Override
    public void close() {
        scheduler.stop();
    }
}
