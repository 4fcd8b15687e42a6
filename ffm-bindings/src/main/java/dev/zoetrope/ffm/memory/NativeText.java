package dev.zoetrope.ffm.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Strings as C functions take and return them. */
public final class NativeText {
    private static final Charset PATH_CHARSET =
            System.getProperty("os.name", "").startsWith("Windows")
                    ? StandardCharsets.UTF_16LE
                    : StandardCharsets.UTF_8;

    private NativeText() {}

    /** Copies a text as UTF-8 with a final zero. */
    public static MemorySegment allocate(Arena arena, String text) {
        return arena.allocateFrom(text);
    }

    /** Copies an absolute path as the platform's file functions take it: wide characters on Windows, else UTF-8. */
    public static MemorySegment allocatePath(Arena arena, Path path) {
        return arena.allocateFrom(path.toAbsolutePath().toString(), PATH_CHARSET);
    }

    /** Reads a UTF-8 text up to its final zero; an empty string for a null pointer. */
    @SuppressWarnings("restricted") // the length of a C string is known only to its final zero
    public static String read(MemorySegment pointer) {
        return pointer.address() == 0 ? "" : pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
