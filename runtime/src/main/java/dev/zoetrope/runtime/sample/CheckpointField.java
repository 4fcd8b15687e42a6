package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.CheckpointException;

/** A value that a checkpoint and the loop that resumes it must share. */
final class CheckpointField {
    private CheckpointField() {}

    static void expect(String name, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new CheckpointException("checkpoint, " + name + ": expected " + expected + ", found " + found
                    + "; resume with the settings it was written with");
        }
    }
}
