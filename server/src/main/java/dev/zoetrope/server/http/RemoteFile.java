package dev.zoetrope.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;

/**
 * Sends what can only be read by waiting for it: a piece is read on a worker thread while the one before is on its way, and
 * no more than the client takes. An answer that breaks off is cut, so that it does not look whole.
 */
final class RemoteFile {
    private static final int PIECE_BYTES = 1 << 18;

    private final Vertx vertx;
    private final HttpServerResponse response;
    private final InputStream input;
    private boolean closed;

    private RemoteFile(Vertx vertx, HttpServerResponse response, InputStream input) {
        this.vertx = vertx;
        this.response = response;
        this.input = input;
    }

    /** Sends all of it, on the connection's thread, and closes it; the head has to be set, with the length. */
    static void send(Vertx vertx, HttpServerResponse response, InputStream input) {
        RemoteFile file = new RemoteFile(vertx, response, input);
        response.closeHandler(_ -> file.close());
        response.exceptionHandler(_ -> file.close());
        if (response.closed()) {
            file.close();
        }
        file.next();
    }

    private void next() {
        if (closed) {
            return;
        }
        vertx.executeBlocking(() -> Buffer.buffer(input.readNBytes(PIECE_BYTES)), false)
                .onComplete(read -> {
                    if (closed) {
                        return;
                    }
                    if (read.failed()) {
                        System.getLogger(RemoteFile.class.getName())
                                .log(
                                        Level.WARNING,
                                        "answer cut off: " + read.cause().getMessage());
                        close();
                        response.reset();
                    } else if (read.result().length() == 0) {
                        close();
                        response.end();
                    } else {
                        response.write(read.result());
                        if (response.writeQueueFull()) {
                            response.drainHandler(_ -> {
                                response.drainHandler(null);
                                next();
                            });
                        } else {
                            next();
                        }
                    }
                });
    }

    private void close() {
        if (!closed) {
            closed = true;
            vertx.executeBlocking(
                    () -> {
                        try {
                            input.close();
                        } catch (IOException _) {
                            // Nobody reads it any more.
                        }
                        return Boolean.TRUE;
                    },
                    false);
        }
    }
}
