package dev.zoetrope.graph;

/** A graph cannot be built: a configuration, a shape or a use of a value is wrong. The message is one line. */
public class GraphException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public GraphException(String message) {
        super(message);
    }

    public GraphException(String message, Throwable cause) {
        super(message, cause);
    }
}
