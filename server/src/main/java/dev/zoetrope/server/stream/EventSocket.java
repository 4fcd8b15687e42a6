package dev.zoetrope.server.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;

/** Events as text messages of a WebSocket (RFC 6455). What the client sends is not looked at. */
public final class EventSocket implements EventChannel {
    /** What a page asks for beside its key: browsers want one of what they offered to be chosen. */
    public static final String PROTOCOL = "zoetrope";

    private final ServerWebSocket socket;

    public EventSocket(ServerWebSocket socket) {
        this.socket = socket;
    }

    @Override
    public void begin(Runnable drained, Runnable gone) {
        socket.exceptionHandler(_ -> gone.run());
        socket.closeHandler(_ -> gone.run());
        socket.drainHandler(_ -> drained.run());
    }

    @Override
    public boolean isFull() {
        return socket.writeQueueFull();
    }

    @Override
    public void send(String name, ObjectNode event) {
        socket.writeTextMessage(event.toString());
    }

    @Override
    public void keepAlive() {
        socket.writePing(Buffer.buffer());
    }

    @Override
    public void end() {
        socket.close();
    }
}
