package dev.zoetrope.ffm.library;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryCacheTest {
    @TempDir
    private Path folder;

    @Test
    void unpacksUnderTheHashAndFindsItAgain() throws IOException {
        List<NativeResource> resources = List.of(resource("a.jar", "lib.so", "the library"));
        var cache = new LibraryCache(folder.resolve("cache"));
        LibraryCache.Unpacked first = cache.unpack(resources);
        Path file = first.folder().resolve("lib.so");
        assertEquals("the library", Files.readString(file));
        String sha256 = sha256("the library");
        assertEquals(List.of(sha256), first.hashes());
        assertTrue(file.toString().contains(sha256), file.toString());

        FileTime written = Files.getLastModifiedTime(file);
        assertEquals(first, cache.unpack(resources));
        assertEquals(written, Files.getLastModifiedTime(file), "a good file must be taken as it is");
        assertEquals(List.of(), leftovers());
    }

    @Test
    void replacesATruncatedFile() throws IOException {
        assertRepaired("the lib");
    }

    @Test
    void replacesAnAlteredFileOfTheSameSize() throws IOException {
        assertRepaired("the librarx");
    }

    @Test
    void replacesAnEmptyFile() throws IOException {
        assertRepaired("");
    }

    private void assertRepaired(String damaged) throws IOException {
        List<NativeResource> resources = List.of(resource("a.jar", "lib.so", "the library"));
        var cache = new LibraryCache(folder.resolve("cache"));
        Path file = cache.unpack(resources).folder().resolve("lib.so");
        FileTime before = Files.getLastModifiedTime(file);
        Files.writeString(file, damaged);
        // However coarse the file system's clock, the time must differ for this test.
        Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 5_000));
        cache.unpack(resources);
        assertEquals("the library", Files.readString(file));
    }

    @Test
    void replacesAMissingFileAndADamagedIndex() throws IOException {
        List<NativeResource> resources = List.of(resource("a.jar", "lib.so", "the library"));
        var cache = new LibraryCache(folder.resolve("cache"));
        Path file = cache.unpack(resources).folder().resolve("lib.so");
        Files.delete(file);
        assertEquals(
                "the library", Files.readString(cache.unpack(resources).folder().resolve("lib.so")));
        try (Stream<Path> indexes = Files.list(folder.resolve("cache/index"))) {
            for (Path index : indexes.toList()) {
                Files.writeString(index, "nonsense");
            }
        }
        assertEquals(
                "the library", Files.readString(cache.unpack(resources).folder().resolve("lib.so")));
    }

    @Test
    void keepsFilesOfOneGroupTogether() throws IOException {
        NativeResource core = resource("gpu.jar", "core.so", "core");
        NativeResource provider = resource("gpu2.jar", "provider.so", "provider");
        NativeResource otherProvider = resource("gpu3.jar", "provider.so", "other provider");
        var cache = new LibraryCache(folder.resolve("cache"));
        Path one = cache.unpack(List.of(core, provider)).folder();
        Path other = cache.unpack(List.of(core, otherProvider)).folder();
        assertNotEquals(one, other);
        assertEquals("provider", Files.readString(one.resolve("provider.so")));
        assertEquals("core", Files.readString(other.resolve("core.so")));
        assertEquals("other provider", Files.readString(other.resolve("provider.so")));
    }

    @Test
    void saysWhenTheCacheCannotBeWritten() throws IOException {
        Path blocked = Files.writeString(folder.resolve("blocked"), "a file where a folder should be");
        var cache = new LibraryCache(blocked.resolve("cache"));
        var failure = assertThrows(
                NativeLibraryException.class, () -> cache.unpack(List.of(resource("a.jar", "lib.so", "x"))));
        assertTrue(failure.getMessage().startsWith("native library cache " + blocked), failure.getMessage());
        assertTrue(failure.getMessage().contains("set ZOETROPE_CACHE"), failure.getMessage());
    }

    @Test
    void processesThatStartAtOnceDoNotDisturbEachOther() throws Exception {
        Path cache = folder.resolve("shared cache");
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            UnpackingProcess.class.getName(),
                            cache.toString())
                    .redirectErrorStream(true)
                    .start());
        }
        Set<String> answers = new TreeSet<>();
        for (Process process : processes) {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            answers.add(output.strip());
        }
        assertEquals(1, answers.size(), answers::toString);
        assertTrue(answers.iterator().next().startsWith("opened " + cache), answers::toString);
        assertEquals(List.of(), leftovers());
    }

    private List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".part")).toList();
        }
    }

    private NativeResource resource(String jarName, String entryName, String content) throws IOException {
        Path jar = folder.resolve(jarName);
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry(entryName));
            entries.write(content.getBytes(StandardCharsets.UTF_8));
            entries.closeEntry();
        }
        var resource = new NativeResource(
                entryName,
                java.net.URI.create("jar:" + jar.toUri() + "!/" + entryName).toURL());
        try (var stream = resource.open()) {
            assertArrayEquals(content.getBytes(StandardCharsets.UTF_8), stream.readAllBytes());
        }
        return resource;
    }

    private static String sha256(String text) throws IOException {
        return Sha256.copy(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), OutputStream.nullOutputStream());
    }
}
