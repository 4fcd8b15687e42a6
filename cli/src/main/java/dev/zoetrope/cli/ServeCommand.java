package dev.zoetrope.cli;

import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            "",
            "Ends with Ctrl-C or SIGTERM; the jobs that ran go on at the next start."
        })
final class ServeCommand implements Callable<Integer> {
    /** Shorter than the wait of the process for its end, so that the one is not cut off by the other. */
    private static final Duration DEADLINE = Duration.ofSeconds(15);

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

    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Spec
    private @Nullable CommandSpec spec;

    private final Surroundings surroundings;

    ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!(command.root().userObject() instanceof ZoetropeCommand root && root.verbose())) {
            Logs.warnings();
        }
        surroundings.cancellation().guard();
        ServerSettings settings = settings();
        try (ZoetropeServer server =
                ZoetropeServer.start(settings, engineSelection.toOptions().withRenders(settings.workers()))) {
            PrintWriter out = command.commandLine().getOut();
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
                .withLimits(settings.limits().withUnfinishedJobs(mostJobs))
                .withShutdownDeadline(DEADLINE);
    }

    private ApiKeys keys() {
        String variable = System.getenv(ApiKeys.VARIABLE);
        ApiKeys keys = variable == null ? ApiKeys.none() : ApiKeys.ofVariable(variable);
        return keyFile == null ? keys : keys.and(ApiKeys.ofFile(keyFile));
    }
}
