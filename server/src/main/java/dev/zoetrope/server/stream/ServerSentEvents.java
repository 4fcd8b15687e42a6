package dev.zoetrope.server.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpServerResponse;

/** Events as an answer that goes on (WHATWG HTML, "Server-sent events"). */
public final class ServerSentEvents implements EventChannel {
    private final HttpServerResponse response;
    private long number;

    public ServerSentEvents(HttpServerResponse response) {
        this.response = response;
    }

    @Override
    public void begin(Runnable drained, Runnable gone) {
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no"); // else a proxy gathers events before it passes them on
        response.exceptionHandler(_ -> gone.run());
        response.closeHandler(_ -> gone.run());
        response.drainHandler(_ -> drained.run());
    }

    @Override
    public boolean isFull() {
        return response.writeQueueFull();
    }

    @Override
    public void send(String name, ObjectNode event) {
        number++;
        response.write("id: " + number + "\nevent: " + name + "\ndata: " + event + "\n\n");
    }

    @Override
    public void keepAlive() {
        response.write(": still there\n\n");
    }

    @Override
    public void end() {
        response.end();
    }
}
