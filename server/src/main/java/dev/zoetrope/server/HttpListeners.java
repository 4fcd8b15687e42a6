package dev.zoetrope.server;

import dev.zoetrope.server.http.ConnectionGuard;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * One port, answered by several event loops: each connection belongs to one of them, so many clients use more than one
 * core. The handlers are the same for all, and have to be thread-safe.
 */
final class HttpListeners {
    /** Asks for a free port that all listeners of one deployment share; each would get its own for 0. */
    private static final int SHARED_FREE_PORT = -1;

    private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
    private final HttpServerOptions options;
    private final ConnectionGuard connections;
    private final Handler<HttpServerRequest> requests;
    private final Handler<HttpServerRequest> invalidRequests;

    private HttpListeners(
            HttpServerOptions options,
            ConnectionGuard connections,
            Handler<HttpServerRequest> requests,
            Handler<HttpServerRequest> invalidRequests) {
        this.options = options;
        this.connections = connections;
        this.requests = requests;
        this.invalidRequests = invalidRequests;
    }

    /**
     * Listens.
     *
     * @param options with the host, and the port or 0 for a free one
     * @param count event loops
     * @param connections watches those that are opened
     */
    static Future<HttpListeners> open(
            Vertx vertx,
            HttpServerOptions options,
            int count,
            ConnectionGuard connections,
            Handler<HttpServerRequest> requests,
            Handler<HttpServerRequest> invalidRequests) {
        HttpServerOptions shared = new HttpServerOptions(options);
        if (options.getPort() == 0) {
            shared.setPort(SHARED_FREE_PORT);
        }
        HttpListeners listeners = new HttpListeners(shared, connections, requests, invalidRequests);
        return vertx.deployVerticle(() -> listeners.new Listener(), new DeploymentOptions().setInstances(count))
                .map(listeners);
    }

    /** The port that is listened on. */
    int port() {
        return servers.getFirst().actualPort();
    }

    /** Takes no more connections, and gives answers that are being sent a time to end. */
    Future<Void> shutdown(int seconds) {
        return Future.join(servers.stream()
                        .map(server -> server.shutdown(seconds, TimeUnit.SECONDS))
                        .toList())
                .mapEmpty();
    }

    /** Listens on an event loop. */
    private final class Listener extends VerticleBase {
        @Override
        public Future<?> start() {
            return vertx.createHttpServer(options)
                    .connectionHandler(connections::opened)
                    .invalidRequestHandler(invalidRequests)
                    .requestHandler(requests)
                    .listen()
                    .onSuccess(servers::add);
        }
    }
}
