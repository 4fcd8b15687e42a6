package dev.zoetrope.server.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.zoetrope.server.config.WebhookSettings;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tells one address when a video is completed or has failed, signed as Standard Webhooks has it. What is to be told is a row
 * of the database until it was taken, so it survives the server; it is tried again for about a day, then given up. It may
 * come more than once, always with the same id.
 */
final class Webhooks implements AutoCloseable {
    /* A table and threads of their own: the queue's may all be busy with renders for an hour. */
    private static final String TABLE = "scheduled_webhooks";
    private static final int THREADS = 2;
    private static final Duration POLLING = Duration.ofSeconds(1);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final int MISSED_HEARTBEATS = 4;
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(15);

    /** From one try to the next: ten tries in 29 hours. */
    private static final List<Duration> RETRIES = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofMinutes(45),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(9),
            Duration.ofHours(12));

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOGGER = System.getLogger(Webhooks.class.getName());

    private final WebhookSettings settings;
    private final Database database;
    private final VideoStore store;
    private final HttpClient http;
    private final CustomTask<String> task;
    private final Scheduler scheduler;

    Webhooks(WebhookSettings settings, Database database, VideoStore store, String worker) {
        this.settings = settings;
        this.database = database;
        this.store = store;
        // An answer that sends it elsewhere is a failure: the operator named this address.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(LONGEST_ANSWER)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.task = Tasks.custom("webhook", String.class)
                .onDeadExecutionRevive()
                .onFailure(this::again)
                .execute((instance, _) -> {
                    post(instance.getId(), instance.getData());
                    return new CompletionHandler.OnCompleteRemove<>();
                });
        SchedulerBuilder builder = Scheduler.create(database.source(), task)
                .schedulerName(new SchedulerName.Fixed(worker))
                .tableName(TABLE)
                .threads(THREADS)
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(MISSED_HEARTBEATS)
                .pollingInterval(POLLING)
                .enableImmediateExecution()
                .failureLogging(LogLevel.DEBUG, false) // said below, in a line
                .shutdownMaxWait(LONGEST_ANSWER);
        this.scheduler = JobQueue.on(builder, database).build();
    }

    void start() {
        JobQueue.freeIfAlone(database, TABLE);
        scheduler.start();
        announceEnded();
    }

    /** Has everything told that ended and was not yet put down to be told: the server may have been killed in between. */
    void announceEnded() {
        store.unannounced().forEach(this::announce);
    }

    /** Puts down that a video's end is to be told. */
    void announce(Video video) {
        String event = eventId(video);
        ObjectNode body = JSON.createObjectNode()
                .put("id", event)
                .put("object", "event")
                .put("created_at", Instant.now().getEpochSecond())
                .put("type", "video." + video.status().id());
        body.putObject("data").put("id", video.id());
        scheduler.scheduleIfNotExists(task.instance(event, body.toString()), Instant.now());
        store.announced(video.id());
    }

    /** The same however often it is told. */
    private static String eventId(Video video) {
        byte[] name = (video.id() + " " + video.status().id()).getBytes(StandardCharsets.UTF_8);
        try {
            return "evt_"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(name))
                            .substring(0, 32);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Not taken: said by a message in one line. */
    private static final class NotTakenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotTakenException(String message) {
            super(message);
        }
    }

    private void post(String event, String body) {
        String time = String.valueOf(Instant.now().getEpochSecond());
        HttpRequest request = HttpRequest.newBuilder(settings.address())
                .timeout(LONGEST_ANSWER)
                .header("Content-Type", "application/json")
                .header("User-Agent", "zoetrope")
                .header("webhook-id", event)
                .header("webhook-timestamp", time)
                .header("webhook-signature", "v1," + signature(event + "." + time + "." + body))
                .POST(BodyPublishers.ofString(body))
                .build();
        try {
            int status = http.send(request, BodyHandlers.discarding()).statusCode();
            if (status < 200 || status > 299) {
                throw new NotTakenException("answered with " + status);
            }
        } catch (IOException e) {
            throw new NotTakenException(e.getClass().getSimpleName() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NotTakenException("the server ends");
        }
    }

    private String signature(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(settings.key(), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private void again(ExecutionComplete complete, ExecutionOperations<String> operations) {
        int failures = complete.getExecution().consecutiveFailures;
        String reason = complete.getCause()
                .map(cause -> String.valueOf(cause.getMessage()))
                .orElse("not known");
        String line = "webhook " + complete.getExecution().getId() + " to "
                + settings.address().getHost() + ": "
                + reason.lines().findFirst().orElse("");
        if (failures >= RETRIES.size()) {
            LOGGER.log(Level.ERROR, line + "; given up after " + (failures + 1) + " tries");
            operations.remove();
        } else {
            Duration wait = RETRIES.get(failures);
            LOGGER.log(Level.WARNING, line + "; tried again in " + wait.toSeconds() + " s");
            operations.reschedule(complete, Instant.now().plus(wait));
        }
    }

    @Override
    public void close() {
        scheduler.stop();
        http.shutdownNow();
    }
}
