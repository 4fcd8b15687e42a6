package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A native library that is open for the rest of the process's life.
 *
 * <p>It is never closed: a library with threads and thread-local destructors cannot be unloaded safely.
 */
public final class NativeLibrary {
    private final LibraryLocation location;
    private final SymbolLookup symbols;

    private NativeLibrary(LibraryLocation location, SymbolLookup symbols) {
        this.location = location;
        this.symbols = symbols;
    }

    /**
     * Opens the library at a place found before.
     *
     * @throws NativeLibraryException if the dynamic loader refuses the file; the message carries its reason
     */
    public static NativeLibrary open(LibraryLocation location) {
        Path path = location.path();
        if (!Files.isRegularFile(path)) {
            throw new NativeLibraryException(location.describe() + ": expected a shared library, found no file; "
                    + "correct the path, or remove the setting to use the library in the onnxruntime jar");
        }
        return new NativeLibrary(location, lookup(location));
    }

    @SuppressWarnings("restricted") // the one place where a library file is opened
    private static SymbolLookup lookup(LibraryLocation location) {
        try {
            return SymbolLookup.libraryLookup(location.path(), Arena.global());
        } catch (IllegalCallerException e) {
            throw new NativeLibraryException(
                    "native access: expected to be allowed, found it denied (" + e.getMessage()
                            + "); start Java with --enable-native-access=ALL-UNNAMED",
                    e);
        } catch (IllegalArgumentException e) {
            throw new NativeLibraryException(
                    location.describe() + ": expected a shared library for "
                            + Platform.current().folder() + ", found a file the loader refuses: "
                            + loaderReason(location.path(), e),
                    e);
        }
    }

    /** {@code libraryLookup} does not say why it failed; {@code System.load} asks the same loader and does. */
    @SuppressWarnings("restricted") // reached only after opening the same file failed
    private static String loaderReason(Path path, IllegalArgumentException first) {
        try {
            System.load(path.toAbsolutePath().toString());
            return String.valueOf(first.getMessage());
        } catch (UnsatisfiedLinkError e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Address of an exported function.
     *
     * @throws NativeLibraryException if the library does not export it, so that it is some other library
     */
    public MemorySegment symbol(String name) {
        return symbols.find(name)
                .orElseThrow(() -> new NativeLibraryException(location.describe() + ": expected a library that exports "
                        + name + ", found none of that name; it is not the library that was asked for"));
    }

    /** Where the library lies and who chose it. */
    public LibraryLocation location() {
        return location;
    }

    /** SHA-256 of the library file, lower-case hexadecimal; reads the file if it was not unpacked by us. */
    public String sha256() {
        if (!location.sha256().isEmpty()) {
            return location.sha256();
        }
        try {
            return Sha256.ofFile(location.path());
        } catch (IOException e) {
            throw new NativeLibraryException(
                    location.describe() + ": expected a readable file, found " + e.getMessage(), e);
        }
    }
}
