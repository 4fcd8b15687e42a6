package dev.zoetrope.ffm.library;

import java.util.Locale;

/**
 * Operating system and processor of this JVM, in the words that the ONNX Runtime jars use for their folders.
 *
 * @param operatingSystem {@code linux}, {@code osx} or {@code win}
 * @param architecture {@code x64} or {@code aarch64}
 */
record Platform(String operatingSystem, String architecture) {

    static Platform current() {
        return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static Platform of(String osName, String osArch) {
        String name = osName.toLowerCase(Locale.ROOT);
        String system = name.contains("mac") ? "osx" : name.contains("win") ? "win" : name.replace(" ", "");
        String processor = osArch.toLowerCase(Locale.ROOT);
        return new Platform(system, processor.equals("amd64") || processor.equals("x86_64") ? "x64" : processor);
    }

    /** Folder name inside the jars, for example {@code linux-x64}. */
    String folder() {
        return operatingSystem + "-" + architecture;
    }

    boolean isWindows() {
        return operatingSystem.equals("win");
    }

    boolean isMac() {
        return operatingSystem.equals("osx");
    }

    /** File name of a shared library here: {@code libname.so}, {@code libname.dylib} or {@code name.dll}. */
    String libraryFile(String name) {
        return isWindows() ? name + ".dll" : "lib" + name + (isMac() ? ".dylib" : ".so");
    }
}
