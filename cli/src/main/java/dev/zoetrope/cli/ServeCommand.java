package dev.zoetrope.cli;

import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ConnectionLimits;
import dev.zoetrope.server.config.DatabaseSettings;
import dev.zoetrope.server.config.JobSettings;
import dev.zoetrope.server.config.KeyLimits;
import dev.zoetrope.server.config.RetentionSettings;
import dev.zoetrope.server.config.S3Settings;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.config.WebhookSettings;
import dev.zoetrope.server.config.WorkLimits;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code zoetrope serve}: the videos API over HTTP, until the process is asked to end. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description =
                "Serves the videos API over HTTP: jobs that survive a crash, live progress, video while it is made.",
        footer = {
            "",
            "Examples:",
            "  zoetrope serve",
            "  zoetrope serve --host 0.0.0.0 --port 9000 --data clips --api-key-file keys.txt",
            "  ZOETROPE_SERVE_PORT=9000 zoetrope serve --config serve.yaml --print-config",
            "",
            "Every option can also stand in the environment (ZOETROPE_SERVE_MAX_JOBS=50) or in a YAML file",
            "(max-jobs: 50). The command line wins over the environment, and that over the file.",
            "",
            "Ends with Ctrl-C or SIGTERM, at once with a second one; the jobs that ran go on at the next start."
        })
final class ServeCommand implements Callable<Integer> {
    static final String PRINT_OPTION = "--print-config";

    /** How long the rest of an end may take: open answers, the database, the engine. */
    private static final Duration AFTER_THE_JOBS = Duration.ofSeconds(10);

    @Option(
            names = ConfiguredDefaults.FILE_OPTION,
            paramLabel = "FILE",
            description = {
                "YAML file with options; ~/.config/zoetrope/serve.yaml if not given, else",
                "/etc/zoetrope/serve.yaml, if it is there."
            })
    @SuppressWarnings("UnusedVariable") // ConfiguredDefaults asks picocli for it, before this object is made use of
    private @Nullable Path configuration;

    @Option(
            names = PRINT_OPTION,
            fallbackValue = "true",
            description = "Check all options, print them with where each is from, and end.")
    private boolean print;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = ServerSettings.DEFAULT_HOST,
            description =
                    "Address to listen on; ${DEFAULT-VALUE} if not given. Any but this machine's own needs API keys.")
    private String host = ServerSettings.DEFAULT_HOST;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "" + ServerSettings.DEFAULT_PORT,
            description = "Port; ${DEFAULT-VALUE} if not given, 0 takes one that is free.")
    private int port;

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            defaultValue = "zoetrope-data",
            description = "Folder of jobs and results, made if it is not there; ${DEFAULT-VALUE} if not given.")
    private Path data = Path.of("zoetrope-data");

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = {
                "PostgreSQL that several servers share, with their data folder: postgresql://USER:PASSWORD@HOST/NAME;",
                "user and password also from PGUSER and PGPASSWORD. A file in the data folder if not given."
            })
    private @Nullable String database;

    @Option(
            names = "--results",
            paramLabel = "URL",
            description = {
                "Bucket for results: s3://BUCKET/PREFIX?endpoint=https://HOST&region=NAME. The data folder if not given."
            })
    private @Nullable String results;

    @Option(
            names = "--expire-after",
            paramLabel = "TIME",
            defaultValue = "30d",
            converter = DurationText.class,
            description = "How long a video is kept when it is over; ${DEFAULT-VALUE} if not given, 0s for ever.")
    private Duration expiry = RetentionSettings.USUAL_EXPIRY;

    @Option(
            names = "--disk-budget",
            paramLabel = "MIB",
            defaultValue = "0",
            description = {
                "Most that the data folder may hold; the oldest completed videos go when it is more. No limit if not",
                "given."
            })
    private int diskBudget;

    @Option(
            names = "--disk-reserve",
            paramLabel = "MIB",
            defaultValue = "256",
            description = "Free space of the disk below which no video is taken; ${DEFAULT-VALUE} if not given.")
    private int diskReserve;

    @Option(
            names = "--webhook",
            paramLabel = "URL",
            description = "Address that is told when a video is completed or has failed.")
    private @Nullable String webhook;

    @Option(
            names = "--webhook-secret",
            paramLabel = "SECRET",
            description = {
                "What such messages are signed with, whsec_ and Base64: better in the environment",
                "(ZOETROPE_SERVE_WEBHOOK_SECRET) or the file than on the command line."
            })
    private @Nullable String webhookSecret;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "Keys that clients may use, one a line, as they are or as sha256:HEX; " + ApiKeys.VARIABLE
                    + " may hold more.")
    private @Nullable Path keyFile;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "" + EngineOptions.USUAL_RENDERS,
            description = "Jobs that run at a time, their steps made together; ${DEFAULT-VALUE} if not given.")
    private int workers;

    @Option(
            names = "--max-jobs",
            paramLabel = "N",
            defaultValue = "100",
            description = "Most jobs that wait or run; ${DEFAULT-VALUE} if not given.")
    private int mostJobs;

    @Option(
            names = "--max-render-time",
            paramLabel = "TIME",
            defaultValue = "1d",
            description =
                    "Longest a video may take to make, by the estimate before it is begun; ${DEFAULT-VALUE} if not"
                            + " given.")
    private Duration longestRender = Duration.ofDays(1);

    @Option(
            names = "--max-render-memory",
            paramLabel = "MIB",
            description =
                    "Most memory that a video may take, by the same estimate; half of the machine's if not given.")
    private @Nullable Integer mostMemory;

    @Option(
            names = "--log-format",
            paramLabel = "NAME",
            defaultValue = "text",
            description = "Lines on standard error: text or json; ${DEFAULT-VALUE} if not given.")
    private Logs.Format logFormat = Logs.Format.TEXT;

    @Option(
            names = "--log-level",
            paramLabel = "NAME",
            defaultValue = "info",
            description = "From error, warn, info and debug; ${DEFAULT-VALUE} if not given.")
    private Logs.Least logLevel = Logs.Least.INFO;

    @Option(
            names = "--shutdown-deadline",
            paramLabel = "TIME",
            defaultValue = "15s",
            description = "How long clips that are being decoded may take to be completed at the end;"
                    + " ${DEFAULT-VALUE} if not given.")
    private Duration shutdownDeadline = Duration.ofSeconds(15);

    @Option(
            names = "--max-requests",
            paramLabel = "N",
            description =
                    "Most requests a minute with one key, 0 for no limit; 1200 if not given, and no limit on loopback.")
    private @Nullable Integer mostRequests;

    @Option(
            names = "--max-jobs-per-key",
            paramLabel = "N",
            description =
                    "Most jobs of one key that wait or run, 0 for no limit; 50 if not given, no limit on loopback.")
    private @Nullable Integer mostJobsOfAKey;

    @Option(
            names = "--max-videos-per-day",
            paramLabel = "N",
            description =
                    "Most videos a day (UTC) with one key, 0 for no limit; 1000 if not given, no limit on loopback.")
    private @Nullable Integer mostVideosPerDay;

    @Option(
            names = "--max-stored-per-key",
            paramLabel = "MIB",
            description = {
                "Most that videos and uploads of one key may hold, 0 for no limit; " + KeyLimits.USUAL_STORED_MIB
                        + " if not given, no limit",
                "on loopback."
            })
    private @Nullable Integer mostStoredMib;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            defaultValue = "" + ConnectionLimits.USUAL_CONNECTIONS,
            description = "Most connections at a time; ${DEFAULT-VALUE} if not given.")
    private int mostConnections;

    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Spec
    private @Nullable CommandSpec spec;

    private final Surroundings surroundings;

    ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** The command with its options, which may be given in the environment and in a file too. */
    static CommandLine commandLine(Surroundings surroundings) {
        CommandLine line = new CommandLine(new ServeCommand(surroundings));
        line.getCommandSpec().defaultValueProvider(new ConfiguredDefaults(surroundings.environment()));
        return line;
    }

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        ConfiguredDefaults defaults = (ConfiguredDefaults) command.defaultValueProvider();
        defaults.check(command);
        try {
            return serve(command, defaults);
        } catch (RequestException e) {
            throw defaults.located(e);
        }
    }

    private int serve(CommandSpec command, ConfiguredDefaults defaults) {
        ServerSettings settings = settings();
        EngineOptions engineOptions = engineSelection.toOptions().withRenders(settings.workers());
        PrintWriter out = command.commandLine().getOut();
        if (print) {
            ConfigurationReport.print(command, defaults, out);
            return ExitStatus.OK;
        }
        if (!(command.root().userObject() instanceof ZoetropeCommand root && root.verbose())) {
            Logs.serving(logLevel, logFormat);
        }
        // What does not end within the deadline is interrupted, and may take as long again to get out.
        surroundings
                .cancellation()
                .guard(settings.shutdownDeadline().multipliedBy(2).plus(AFTER_THE_JOBS));
        try (ZoetropeServer server = ZoetropeServer.start(settings, engineOptions)) {
            out.println("zoetrope: serving at " + server.address());
            out.flush();
            surroundings.cancellation().await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RenderCancelledException("serve: cancelled", e);
        }
        return ExitStatus.OK;
    }

    private ServerSettings settings() {
        ServerSettings settings = ServerSettings.in(data);
        return settings.withAccess(host, keys())
                .withPort(port)
                .withWorkers(workers)
                .withLimits(settings.limits()
                        .withUnfinishedJobs(mostJobs)
                        .withConnections(settings.limits().connections().withConnections(mostConnections))
                        .withKeys(keyLimits()))
                .withWork(work())
                .withShutdownDeadline(shutdownDeadline)
                .withJobs(jobs());
    }

    private JobSettings jobs() {
        JobSettings settings = JobSettings.defaults()
                .withRetention(new RetentionSettings(expiry, (long) diskBudget << 20, (long) diskReserve << 20));
        if (database != null) {
            settings = settings.withDatabase(DatabaseSettings.parse(database, surroundings.environment()));
        }
        if (results != null) {
            settings = settings.withResults(S3Settings.parse(results));
        }
        if (webhook == null) {
            return settings;
        }
        if (webhookSecret == null) {
            throw new RequestException("--webhook-secret: expected what messages to --webhook are signed with, found"
                    + " none (echo whsec_$(openssl rand -base64 32) makes one)");
        }
        return settings.withWebhook(WebhookSettings.parse(webhook, webhookSecret));
    }

    private WorkLimits work() {
        WorkLimits limits = WorkLimits.defaults().withTime(longestRender);
        return mostMemory == null ? limits : limits.withMemory((long) mostMemory << 20);
    }

    private KeyLimits keyLimits() {
        KeyLimits usual = ServerSettings.isLoopback(host) ? KeyLimits.none() : KeyLimits.usual();
        return new KeyLimits(
                mostRequests == null ? usual.requestsPerMinute() : mostRequests,
                mostJobsOfAKey == null ? usual.unfinishedJobs() : mostJobsOfAKey,
                mostVideosPerDay == null ? usual.videosPerDay() : mostVideosPerDay,
                mostStoredMib == null ? usual.storedBytes() : (long) mostStoredMib << 20);
    }

    private ApiKeys keys() {
        String variable = surroundings.environment().get(ApiKeys.VARIABLE);
        ApiKeys keys = variable == null ? ApiKeys.none() : ApiKeys.ofVariable(variable);
        return keyFile == null ? keys : keys.and(ApiKeys.ofFile(keyFile));
    }
}
