package dev.zoetrope.ffm.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeSearchTest {
    private static final Platform LINUX = Platform.of("Linux", "amd64");

    @TempDir
    private Path folder;

    @Test
    void theSystemPropertyComesBeforeTheVariableAndTheJar() throws IOException {
        try (var jars = loader(cpuJar("cpu.jar"))) {
            var environment = Map.of("ZOETROPE_ORT_LIB", "/from/variable.so");
            assertEquals(
                    new LibraryLocation(Path.of("/from/property.so"), "system property zoetrope.ort.lib", ""),
                    new OnnxRuntimeSearch(LINUX, "/from/property.so", environment, jars, folder).find());
            assertEquals(
                    new LibraryLocation(Path.of("/from/variable.so"), "environment variable ZOETROPE_ORT_LIB", ""),
                    new OnnxRuntimeSearch(LINUX, "", environment, jars, folder).find());
            assertEquals(
                    "onnxruntime jar",
                    new OnnxRuntimeSearch(LINUX, "", Map.of(), jars, folder)
                            .find()
                            .source());
        }
    }

    @Test
    void theGpuJarComesBeforeTheCpuJarAndBringsItsProviders() throws IOException {
        try (var jars = loader(cpuJar("cpu.jar"), gpuJar("gpu.jar"))) {
            LibraryLocation location = new OnnxRuntimeSearch(LINUX, "", Map.of(), jars, folder.resolve("cache")).find();
            assertEquals("onnxruntime_gpu jar", location.source());
            assertEquals("gpu core", Files.readString(location.path()));
            assertEquals("cuda", Files.readString(location.path().resolveSibling("libonnxruntime_providers_cuda.so")));
            assertEquals(
                    "shared", Files.readString(location.path().resolveSibling("libonnxruntime_providers_shared.so")));
        }
    }

    @Test
    void saysWhereItLookedAndWhatHelps() throws IOException {
        try (var none = loader()) {
            var failure = assertThrows(
                    NativeLibraryException.class,
                    () -> new OnnxRuntimeSearch(LINUX, "", Map.of(), none, folder).find());
            assertEquals(
                    "ONNX Runtime library: expected one for linux-x64, found none. Looked at: system property"
                            + " zoetrope.ort.lib (not set), environment variable ZOETROPE_ORT_LIB (not set), class path"
                            + " resource ai/onnxruntime/native/linux-x64/libonnxruntime.so (not there). Add the dependency"
                            + " com.microsoft.onnxruntime:onnxruntime:1.29.0 (or onnxruntime_gpu), or set ZOETROPE_ORT_LIB"
                            + " to the path of a libonnxruntime.so of version 1.29 or newer",
                    failure.getMessage());
        }
    }

    @Test
    void aSettingThatNamesNoFileIsAnError() {
        Path missing = folder.resolve("missing.so");
        var location = new LibraryLocation(missing, "environment variable ZOETROPE_ORT_LIB", "");
        var failure = assertThrows(NativeLibraryException.class, () -> NativeLibrary.open(location));
        assertEquals(
                "environment variable ZOETROPE_ORT_LIB (" + missing
                        + "): expected a shared library, found no file; correct"
                        + " the path, or remove the setting to use the library in the onnxruntime jar",
                failure.getMessage());
    }

    @Test
    void aFileThatIsNoLibraryIsAnErrorWithTheLoadersReason() throws IOException {
        Path text = Files.writeString(
                folder.resolve("text.so"), "not an ELF file, and long enough to have a header".repeat(9));
        var location = new LibraryLocation(text, "system property zoetrope.ort.lib", "");
        var failure = assertThrows(NativeLibraryException.class, () -> NativeLibrary.open(location));
        String start = "system property zoetrope.ort.lib (" + text + "): expected a shared library for "
                + Platform.current().folder() + ", found a file the loader refuses: ";
        assertTrue(failure.getMessage().startsWith(start), failure.getMessage());
        assertTrue(failure.getMessage().length() > start.length(), failure.getMessage());
    }

    @Test
    void namesPlatformsAsTheJarsDo() {
        assertEquals("linux-x64", LINUX.folder());
        assertEquals("linux-aarch64", Platform.of("Linux", "aarch64").folder());
        assertEquals("osx-aarch64", Platform.of("Mac OS X", "aarch64").folder());
        assertEquals("win-x64", Platform.of("Windows 11", "amd64").folder());
        assertEquals("libonnxruntime.so", LINUX.libraryFile("onnxruntime"));
        assertEquals("libonnxruntime.dylib", Platform.of("Mac OS X", "aarch64").libraryFile("onnxruntime"));
        assertEquals("onnxruntime.dll", Platform.of("Windows 11", "amd64").libraryFile("onnxruntime"));
    }

    @Test
    void followsThePlatformsCustomForCaches() {
        Path home = Path.of("/home/ada");
        assertEquals(Path.of("/c"), CacheFolder.of(Map.of("ZOETROPE_CACHE", "/c"), home, LINUX));
        assertEquals(Path.of("/x/zoetrope"), CacheFolder.of(Map.of("XDG_CACHE_HOME", "/x"), home, LINUX));
        assertEquals(
                Path.of("/home/ada/.cache/zoetrope"),
                CacheFolder.of(Map.of("XDG_CACHE_HOME", "relative"), home, LINUX));
        assertEquals(
                Path.of("/home/ada/Library/Caches/zoetrope"),
                CacheFolder.of(Map.of(), home, Platform.of("Mac OS X", "aarch64")));
        assertEquals(
                Path.of("/local/zoetrope/cache"),
                CacheFolder.of(Map.of("LOCALAPPDATA", "/local"), home, Platform.of("Windows 11", "amd64")));
    }

    private Path cpuJar(String name) throws IOException {
        return jar(name, Map.of("libonnxruntime.so", "cpu core"));
    }

    private Path gpuJar(String name) throws IOException {
        return jar(
                name,
                Map.of(
                        "libonnxruntime.so", "gpu core",
                        "libonnxruntime_providers_shared.so", "shared",
                        "libonnxruntime_providers_cuda.so", "cuda"));
    }

    private Path jar(String name, Map<String, String> files) throws IOException {
        Path jar = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                entries.putNextEntry(new JarEntry("ai/onnxruntime/native/linux-x64/" + file.getKey()));
                entries.write(file.getValue().getBytes(StandardCharsets.UTF_8));
                entries.closeEntry();
            }
        }
        return jar;
    }

    private static URLClassLoader loader(Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        return new URLClassLoader(urls, null);
    }
}
