package dev.zoetrope.graph.weight;

import dev.zoetrope.graph.GraphException;

/** A weight file is damaged or does not hold what a model needs. The message is one line and names the file. */
public final class WeightException extends GraphException {
    private static final long serialVersionUID = 1L;

    public WeightException(String message) {
        super(message);
    }

    public WeightException(String message, Throwable cause) {
        super(message, cause);
    }

    static WeightException of(Object file, String thing, Object expected, Object found) {
        return new WeightException(printable(file + ": " + thing + ": expected " + expected + ", found " + found));
    }

    /** Names come from the file: no line break or control character of theirs reaches a message. */
    static String printable(String text) {
        String shortened = text.length() > 400 ? text.substring(0, 400) + "…" : text;
        return shortened.replaceAll("\\p{Cntrl}", "?");
    }
}
