package dev.zoetrope.ffm.library;

import org.jspecify.annotations.Nullable;

/** A native library could not be found, unpacked or opened, or is not the library that was asked for. */
public final class NativeLibraryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what was expected and found, where it was looked for, and what helps.
     *
     * @param message one line: expected, found, where, cure
     */
    public NativeLibraryException(String message) {
        super(message);
    }

    /**
     * As above, with the failure beneath it.
     *
     * @param message one line: expected, found, where, cure
     * @param cause what the file system or the loader threw
     */
    public NativeLibraryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
