package dev.zoetrope.server.config;

import java.util.Optional;

/**
 * How jobs and what comes of them are kept.
 *
 * @param database where it is kept which there are
 * @param results a bucket for results; empty: the data folder
 * @param retention how long results are kept, and how much of the disk they may have
 * @param webhook who is told when a video is done
 */
public record JobSettings(
        DatabaseSettings database,
        Optional<S3Settings> results,
        RetentionSettings retention,
        Optional<WebhookSettings> webhook) {
    /** In the data folder alone; nobody is told. */
    public static JobSettings defaults() {
        return new JobSettings(
                DatabaseSettings.inDataFolder(), Optional.empty(), RetentionSettings.defaults(), Optional.empty());
    }

    public JobSettings withDatabase(DatabaseSettings value) {
        return new JobSettings(value, results, retention, webhook);
    }

    public JobSettings withResults(S3Settings value) {
        return new JobSettings(database, Optional.of(value), retention, webhook);
    }

    public JobSettings withRetention(RetentionSettings value) {
        return new JobSettings(database, results, value, webhook);
    }

    public JobSettings withWebhook(WebhookSettings value) {
        return new JobSettings(database, results, retention, Optional.of(value));
    }
}
