package dev.zoetrope.server.contract;

import java.util.Optional;

/**
 * How a request differs from what the document says.
 *
 * @param param the field or parameter at fault, as forms name it; empty when it is the body itself
 * @param code one word for programs
 * @param message one line: what was expected and what was found
 */
public record Violation(Optional<String> param, String code, String message) {
    /** What a field of a wrong value is called. */
    public static final String INVALID_VALUE = "invalid_value";

    static final String UNKNOWN = "unknown_parameter";
    static final String MISSING = "missing_required_parameter";
    static final String NO_OBJECT = "invalid_json";

    private static final int LONGEST_NAME = 64;

    static Violation of(String name, String code, String rest) {
        String shown = name.substring(0, Math.min(name.length(), LONGEST_NAME));
        return new Violation(Optional.of(shown), code, shown + ": " + rest);
    }
}
