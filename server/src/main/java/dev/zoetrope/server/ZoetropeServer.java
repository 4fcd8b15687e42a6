package dev.zoetrope.server;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.InputLimits;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.sample.StepCounters;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.http.ConnectionGuard;
import dev.zoetrope.server.http.Routes;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.stream.EventSocket;
import dev.zoetrope.server.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * A server: an engine, the jobs of a data folder, and a port.
 *
 * {@snippet :
 * try (var server = ZoetropeServer.start(ServerSettings.in(Path.of("data")), EngineOptions.defaults())) {
 *     System.out.println(server.address());
 * }
 * }
 *
 * <p>Thread-safe. Closing it takes no more jobs, lets those that run come to a point they can go on from, and frees
 * everything; the next server on the same folder goes on with them.
 */
public final class ZoetropeServer implements AutoCloseable {
    /** All headers together; those of official clients take less than 2 KiB. */
    private static final int HEADER_BYTES = 16 << 10;

    /** Clients have nothing to say in a WebSocket. */
    private static final int MESSAGE_BYTES = 4 << 10;

    /** A frame of 4096x2304: seventeen of them, which a decoder may hold, are 240 MB. */
    private static final long CLIP_PIXELS = 4096 * 2304;

    private static final double CLIP_SECONDS = 600;

    private static final int WAIT_SECONDS = 30;

    /** How long answers that are being sent may take at the end; streams are cut off then. */
    private static final int DRAIN_SECONDS = 2;

    /** No upload takes as long. */
    private static final Duration UPLOAD_AGE = Duration.ofHours(1);

    private final Vertx vertx;
    private final Zoetrope engine;
    private final Jobs jobs;
    private final HttpListeners http;
    private final Telemetry telemetry;
    private final URI address;
    private boolean closed;

    private ZoetropeServer(
            Vertx vertx, Zoetrope engine, Jobs jobs, HttpListeners http, Telemetry telemetry, URI address) {
        this.vertx = vertx;
        this.engine = engine;
        this.jobs = jobs;
        this.http = http;
        this.telemetry = telemetry;
        this.address = address;
    }

    /**
     * Opens everything; when this returns, requests are answered.
     *
     * @throws dev.zoetrope.runtime.error.ModelException when the model or the native library is at fault
     * @throws OutputException when the data folder or the port cannot be used
     */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // the server's close() closes engine and jobs
    public static ZoetropeServer start(ServerSettings settings, EngineOptions engineOptions) {
        // Set up by one thread, before several use it at once: SLF4J prints a remark about those.
        LoggerFactory.getILoggerFactory();
        VideoEncoder.preload();
        Zoetrope engine = Zoetrope.open(engineOptions.withFiles(new MeasuredFiles(inputLimits(settings))));
        try {
            Telemetry telemetry = Telemetry.of(engine);
            Jobs jobs = Jobs.open(engine, settings, telemetry);
            try {
                telemetry.metrics().watch(jobs);
                return listen(settings, engine, jobs, telemetry);
            } catch (RuntimeException | Error e) {
                jobs.close();
                telemetry.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            engine.close();
            throw e;
        }
    }

    /** What is asked of files that strangers send, before anything of them is decoded. */
    private static InputLimits inputLimits(ServerSettings settings) {
        return new InputLimits(settings.limits().uploadPixels(), CLIP_PIXELS, RenderRequest.MAX_FRAMES, CLIP_SECONDS);
    }

    @MustBeClosed
    private static ZoetropeServer listen(ServerSettings settings, Zoetrope engine, Jobs jobs, Telemetry telemetry) {
        emptyUploads(settings.dataFolder().resolve("uploads"));
        // No files of ours are on the class path, so nothing need be unpacked into a temporary folder.
        int eventLoops = eventLoops();
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(eventLoops)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        vertx.exceptionHandler(ZoetropeServer::unhandled);
        try {
            ConnectionGuard connections = new ConnectionGuard(
                    vertx, settings.limits().connections(), settings.limits().uploadBytes());
            HttpListeners http = await(
                    HttpListeners.open(
                            vertx,
                            new HttpServerOptions()
                                    .setHost(settings.host())
                                    .setPort(settings.port())
                                    .setMaxHeaderSize(HEADER_BYTES)
                                    .setHttp2ClearTextEnabled(false)
                                    .setWebSocketSubProtocols(List.of(EventSocket.PROTOCOL))
                                    .setMaxWebSocketFrameSize(MESSAGE_BYTES)
                                    .setMaxWebSocketMessageSize(MESSAGE_BYTES),
                            eventLoops,
                            connections,
                            Routes.of(vertx, jobs, settings, telemetry, connections),
                            Routes.invalidRequests()),
                    settings);
            String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
            measure(engine);
            URI address = URI.create("http://" + host + ":" + http.port());
            return new ZoetropeServer(vertx, engine, jobs, http, telemetry, address);
        } catch (RuntimeException | Error e) {
            vertx.close();
            throw e;
        }
    }

    /**
     * What nobody waits for went wrong. Where a client vanishes while it sends a file, Vert.x goes on writing to the file it has just
     * closed; thousands of such clients must not fill the log.
     */
    private static void unhandled(Throwable failure) {
        boolean ofVanished =
                failure instanceof IllegalStateException && "File handle is closed".equals(failure.getMessage());
        System.getLogger(ZoetropeServer.class.getName())
                .log(ofVanished ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR, "not handled", failure);
    }

    /** What requests will take is known before the first of them has run; that one may come meanwhile. */
    private static void measure(Zoetrope engine) {
        Thread.ofVirtual().name("zoetrope-measure").start(() -> {
            try {
                engine.measure();
            } catch (RuntimeException e) {
                System.getLogger(ZoetropeServer.class.getName())
                        .log(System.Logger.Level.DEBUG, "nothing measured ahead: " + e.getMessage());
            }
        });
    }

    /** A killed server leaves half of what was being sent to it; another one on the folder may just be receiving. */
    private static void emptyUploads(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file)
                        .toInstant()
                        .isBefore(Instant.now().minus(UPLOAD_AGE))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new OutputException("data folder: expected to empty " + folder + ", found: " + e.getMessage(), e);
        }
    }

    /** One a core, and never one alone: what holds up one of them must not hold up all. */
    private static int eventLoops() {
        return Math.max(2, Runtime.getRuntime().availableProcessors());
    }

    private static HttpListeners await(Future<HttpListeners> listening, ServerSettings settings) {
        try {
            return listening.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            Throwable cause = e.getCause();
            String found =
                    cause instanceof BindException || String.valueOf(cause).contains("BindException")
                            ? "it in use or not this machine's"
                            : String.valueOf(cause);
            throw new OutputException(
                    "port: expected to listen on " + settings.host() + ":" + settings.port() + ", found " + found
                            + " (--port 0 takes one that is free)",
                    e);
        } catch (TimeoutException e) {
            throw new OutputException("port: expected to listen within " + WAIT_SECONDS + " s, found no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutputException("port: expected to listen, found an interrupt", e);
        }
    }

    /** What its engine's step scheduler did so far. */
    public StepCounters steps() {
        return engine.steps();
    }

    /** Where it answers. */
    public URI address() {
        return address;
    }

    /**
     * Takes no more jobs, has those that run come to a point they can go on from, tells who watches, then ends. Requests are
     * answered until the jobs have ended. A second call does nothing.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        jobs.finish();
        quietly(http.shutdown(DRAIN_SECONDS));
        jobs.close();
        quietly(vertx.close());
        telemetry.close();
        engine.close();
    }

    /** What is closed last has nobody to answer any more. */
    private static void quietly(Future<Void> closing) {
        try {
            closing.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
            System.getLogger(ZoetropeServer.class.getName())
                    .log(System.Logger.Level.WARNING, "HTTP server: not closed in order", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
