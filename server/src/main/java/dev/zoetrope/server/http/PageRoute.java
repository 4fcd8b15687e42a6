package dev.zoetrope.server.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The web page: a few files of the jar, read once. They hold nobody's videos, so everybody may have them; what they show
 * they ask the API for.
 */
final class PageRoute {
    private static final String FOLDER = "/dev/zoetrope/server/page/";
    private static final String DOCUMENT = "index.html";

    /** A class path cannot be listed, so every file of the page is named. */
    private static final List<String> ASSETS = List.of(
            "page.css",
            "icon.svg",
            "main.js",
            "access.js",
            "api.js",
            "composer.js",
            "details.js",
            "dialogs.js",
            "dom.js",
            "gallery.js",
            "picture.js",
            "screen.js",
            "stage.js",
            "text.js",
            "videos.js",
            "watch.js");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    /** Nothing but the server's own files runs, and no text can become markup. Pictures that are
     * chosen are blobs, previews data. */
    private static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'");

    private PageRoute() {}

    private record Asset(Buffer body, String type, String tag) {
        static Asset read(String name) {
            try (InputStream file = PageRoute.class.getResourceAsStream(FOLDER + name)) {
                if (file == null) {
                    throw new IllegalStateException("page: expected " + FOLDER + name + " in the jar, found none");
                }
                byte[] body = file.readAllBytes();
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
                String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
                String tag = '"' + HexFormat.of().formatHex(hash, 0, 16) + '"';
                return new Asset(Buffer.buffer(body), String.valueOf(type), tag);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }

    /** Serves the page at {@code /}, its parts under {@code /assets}. */
    static void addTo(Router router) {
        Asset document = Asset.read(DOCUMENT);
        add(router, "/", _ -> document);
        Map<String, Asset> assets = ASSETS.stream().collect(Collectors.toUnmodifiableMap(name -> name, Asset::read));
        add(router, "/assets/:name", context -> assets.get(context.pathParam("name")));
    }

    private static void add(Router router, String path, Function<RoutingContext, @Nullable Asset> find) {
        router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(context -> {
            Asset asset = find.apply(context);
            if (asset == null) {
                context.next();
            } else {
                send(context, asset);
            }
        });
    }

    private static void send(RoutingContext context, Asset asset) {
        HttpServerResponse response = context.response()
                .putHeader("Content-Type", asset.type())
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("X-Frame-Options", "DENY")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin")
                .putHeader("Cross-Origin-Resource-Policy", "same-origin")
                .putHeader("Cache-Control", "no-cache") // asked for each time, so that a new version is whole
                .putHeader("ETag", asset.tag());
        if (asset.tag().equals(context.request().getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
        } else if (HttpMethod.HEAD.equals(context.request().method())) {
            response.putHeader("Content-Length", String.valueOf(asset.body().length()))
                    .end();
        } else {
            response.end(asset.body());
        }
    }
}
