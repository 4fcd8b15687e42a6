package dev.zoetrope.cli.doctor;

import java.util.Locale;

/**
 * What was found about one thing.
 *
 * @param name the thing
 * @param level whether it will do
 * @param found what was found, in one line
 * @param cure what helps; empty if nothing needs to
 */
public record Finding(String name, Level level, String found, String cure) {
    /** Whether something will do. */
    public enum Level {
        OK,
        /** Rendering works, but not as well as it could. */
        WARN,
        /** Rendering will not work. */
        FAIL;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String name, String found) {
        return new Finding(name, Level.OK, found, "");
    }

    static Finding warn(String name, String found, String cure) {
        return new Finding(name, Level.WARN, found, cure);
    }

    static Finding fail(String name, String found, String cure) {
        return new Finding(name, Level.FAIL, found, cure);
    }
}
