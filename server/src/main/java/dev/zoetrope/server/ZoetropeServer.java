package dev.zoetrope.server;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.http.Routes;
import dev.zoetrope.server.job.Jobs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * <p>Thread-safe. Closing it takes no more requests, lets running jobs come to a point they can go on from, and frees
 * everything; the next server on the same folder goes on with them.
 */
public final class ZoetropeServer implements AutoCloseable {
    /** A prompt in a form may be as long as one in JSON. */
    private static final int FORM_FIELD_BYTES = 256 << 10;

    private static final int FORM_FIELDS = 64;
    private static final int WAIT_SECONDS = 30;

    /** How long answers that are being sent may take at the end; streams are cut off then. */
    private static final int DRAIN_SECONDS = 2;

    private final Vertx vertx;
    private final Zoetrope engine;
    private final Jobs jobs;
    private final HttpServer http;
    private final URI address;
    private boolean closed;

    private ZoetropeServer(Vertx vertx, Zoetrope engine, Jobs jobs, HttpServer http, URI address) {
        this.vertx = vertx;
        this.engine = engine;
        this.jobs = jobs;
        this.http = http;
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
        Zoetrope engine = Zoetrope.open(engineOptions);
        try {
            Jobs jobs = Jobs.open(engine, settings);
            try {
                return listen(settings, engine, jobs);
            } catch (RuntimeException | Error e) {
                jobs.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            engine.close();
            throw e;
        }
    }

    @MustBeClosed
    private static ZoetropeServer listen(ServerSettings settings, Zoetrope engine, Jobs jobs) {
        emptyUploads(settings.dataFolder().resolve("uploads"));
        // No files of ours are on the class path, so nothing need be unpacked into a temporary folder.
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            HttpServer http = vertx.createHttpServer(new HttpServerOptions()
                            .setMaxFormAttributeSize(FORM_FIELD_BYTES)
                            .setMaxFormFields(FORM_FIELDS))
                    .invalidRequestHandler(Routes.invalidRequests())
                    .requestHandler(Routes.of(vertx, jobs, settings));
            await(http.listen(settings.port(), settings.host()), settings);
            String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
            URI address = URI.create("http://" + host + ":" + http.actualPort());
            return new ZoetropeServer(vertx, engine, jobs, http, address);
        } catch (RuntimeException | Error e) {
            vertx.close();
            throw e;
        }
    }

    /** A killed server leaves half of what was being sent to it. */
    private static void emptyUploads(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new OutputException("data folder: expected to empty " + folder + ", found: " + e.getMessage(), e);
        }
    }

    private static void await(Future<HttpServer> listening, ServerSettings settings) {
        try {
            listening.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
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

    /** Where it answers. */
    public URI address() {
        return address;
    }

    /** Takes no more requests, then ends the jobs in order. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        jobs.stop();
        quietly(http.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS));
        jobs.close();
        quietly(vertx.close());
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
