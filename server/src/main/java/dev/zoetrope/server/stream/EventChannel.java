package dev.zoetrope.server.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A connection that events are sent over. Used by the connection's thread alone. */
public sealed interface EventChannel permits ServerSentEvents, EventSocket {
    /**
     * Begins.
     *
     * @param drained called when more can be sent after it could not
     * @param gone called when nobody is there any more
     */
    void begin(Runnable drained, Runnable gone);

    /** Whether more waits to be sent than should. */
    boolean isFull();

    void send(String name, ObjectNode event);

    /** Shows everybody between that the connection is still used. */
    void keepAlive();

    /** Says that nothing comes any more. */
    void end();
}
