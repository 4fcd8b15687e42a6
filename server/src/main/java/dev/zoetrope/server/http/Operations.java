package dev.zoetrope.server.http;

import dev.zoetrope.server.contract.ApiDocument;
import dev.zoetrope.server.contract.Operation;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes routes of the document's operations: their address and method are the document's, and a handler gets only what is
 * as described there.
 */
final class Operations {
    private static final String READ = "request-read";

    private final Router router;
    private final ApiDocument document;
    private final Handler<RoutingContext> body;
    private final Set<String> served = new LinkedHashSet<>();

    /**
     * Nothing is served yet.
     *
     * @param body reads bodies, where an operation takes one
     */
    Operations(Router router, ApiDocument document, Handler<RoutingContext> body) {
        this.router = router;
        this.document = document;
        this.body = body;
    }

    /** Adds the route of an operation. */
    Operations serve(String operationId, Handler<RoutingContext> handler) {
        Operation operation = document.operation(operationId);
        Route route = router.route(
                HttpMethod.valueOf(operation.method()), operation.path().replaceAll("\\{(\\w+)}", ":$1"));
        route.handler(context -> {
            RequestWatch.reached(context, operation.path());
            checkAddress(context, operation);
            context.next();
        });
        if (!operation.bodyTypes().isEmpty()) {
            route.handler(body);
        }
        route.handler(context -> {
            context.put(READ, true);
            if (!operation.bodyTypes().isEmpty()) {
                Fields.read(context, operation);
            }
            context.next();
        });
        route.handler(handler);
        served.add(operationId);
        return this;
    }

    /** To be called when all routes are there: what the document promises has to be served. */
    void requireAll() {
        Set<String> missing = new TreeSet<>();
        document.operations().forEach(operation -> missing.add(operation.id()));
        missing.removeAll(served);
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "openapi.yaml: expected a handler of each operation, found none of " + missing);
        }
    }

    /** Whether a failure came after the request was read, so that it is not for what HTTP allows. */
    static boolean isRead(RoutingContext context) {
        return context.get(READ) != null;
    }

    private void checkAddress(RoutingContext context, Operation operation) {
        Set<String> methods = document.methods(context.request().path());
        if (!methods.isEmpty() && !methods.contains(operation.method())) {
            throw ApiException.method(operation.method()); // "edits" is no video's id
        }
        if (operation.checkPath(context.pathParams()).isPresent()) {
            // An id that no video can have is like one that no video has.
            throw ApiException.noVideo(context.pathParams().getOrDefault("id", ""));
        }
        Map<String, List<String>> query = new LinkedHashMap<>();
        MultiMap parameters = context.queryParams();
        parameters.names().forEach(name -> query.put(name, parameters.getAll(name)));
        operation.checkQuery(query).ifPresent(violation -> {
            throw ApiException.of(violation);
        });
    }
}
