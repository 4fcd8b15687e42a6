package dev.zoetrope.server.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.jdbc.DefaultJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;

/**
 * Says which job is next, by db-scheduler: its rows hold the id of a video and nothing else. A row is there until its job
 * said that it is over, so a job that was interrupted, however, is run again: {@link JobRunner} must not mind.
 */
final class JobQueue implements AutoCloseable {
    /* The library's defaults would take a dead worker's job up again after half an hour, and look for new ones every ten
     * seconds. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    private static final int MISSED_HEARTBEATS = 4;
    private static final Duration POLLING = Duration.ofMillis(200);

    /** When a job is tried again whose end could not be written down. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final String TASK = "render";

    private final Database database;
    private final CustomTask<Void> task;
    private final Scheduler scheduler;

    /**
     * A queue that does nothing yet.
     *
     * @param workers jobs that are run at a time
     * @param deadline how long running jobs may take to end when this is closed, before they are interrupted
     * @param run runs the job of a video; false when it has to be run again
     */
    JobQueue(Database database, int workers, Duration deadline, Predicate<String> run) {
        this.database = database;
        this.task = Tasks.custom(TASK, Void.class)
                .onDeadExecutionRevive()
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, Instant.now().plus(RETRY)))
                .execute((instance, _) -> run.test(instance.getId())
                        ? new CompletionHandler.OnCompleteRemove<>()
                        : (complete, operations) ->
                                // At its old time, so that it keeps its place.
                                operations.reschedule(complete, complete.getExecution().executionTime));
        this.scheduler = Scheduler.create(database.source(), task)
                .schedulerName(new SchedulerName.Fixed("zoetrope"))
                .threads(workers)
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(MISSED_HEARTBEATS)
                .pollingInterval(POLLING)
                .enableImmediateExecution()
                .shutdownMaxWait(deadline)
                // H2 needs nothing of its own; said, so that the library does not warn that it knows nothing of it.
                .jdbcCustomization(new DefaultJdbcCustomization(false))
                .build();
    }

    /** Begins to run what waits. */
    void start() {
        // One process has the database file, and it is this one: whatever is picked was picked by one that is gone.
        database.update("update scheduled_tasks set picked = false, picked_by = null, last_heartbeat = null"
                + " where picked = true");
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
