package dev.zoetrope.cli.doctor;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;

/** What the JVM, the operating system and the disk say of themselves. */
final class Machine {
    private static final int OLDEST_JAVA = 25;
    private static final long MEBIBYTE = 1L << 20;
    private static final long SMALL_MEMORY_BYTES = 2048 * MEBIBYTE;
    private static final long SMALL_DISK_BYTES = 1024 * MEBIBYTE;

    /** The unpacked libraries and the shipped model take about half of it. */
    private static final long LEAST_DISK_BYTES = 256 * MEBIBYTE;

    private Machine() {}

    static Finding java() {
        String found = Runtime.version() + ", " + System.getProperty("java.vendor", "unknown vendor") + ", "
                + System.getProperty("java.home", "");
        if (Runtime.version().feature() < OLDEST_JAVA) {
            return Finding.fail("java", found, "run on a JDK " + OLDEST_JAVA + " or newer (JAVA_HOME)");
        }
        if (!Machine.class.getModule().isNativeAccessEnabled()) {
            return Finding.warn(
                    "java",
                    found + ", native access not enabled",
                    "start java with --enable-native-access=ALL-UNNAMED");
        }
        return Finding.ok("java", found);
    }

    static Finding processor() {
        return Finding.ok(
                "processor",
                Runtime.getRuntime().availableProcessors() + " cores, " + System.getProperty("os.arch") + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.version"));
    }

    /** The container's limit where there is one: the JVM's bean knows control groups. */
    static Finding memory() {
        if (!(ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system)) {
            return Finding.warn("memory", "this JVM does not say", "");
        }
        long total = system.getTotalMemorySize();
        String found = size(total) + " in all, " + size(system.getFreeMemorySize()) + " free, Java heap up to "
                + size(Runtime.getRuntime().maxMemory());
        return total < SMALL_MEMORY_BYTES
                ? Finding.warn("memory", found, "render small clips, or use a machine with " + size(SMALL_MEMORY_BYTES))
                : Finding.ok("memory", found);
    }

    /** Prompts and file names on the command line arrive in this encoding. */
    static Finding encoding() {
        String encoding = System.getProperty("sun.jnu.encoding", "unknown");
        return encoding.equalsIgnoreCase("UTF-8") || encoding.startsWith("Cp")
                ? Finding.ok("arguments", encoding)
                : Finding.warn(
                        "arguments",
                        encoding + ": letters outside ASCII are lost on the command line",
                        "set LC_ALL=C.UTF-8, or give prompts as @FILE");
    }

    static Finding cache(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "doctor-", ".part"));
            return Finding.ok("cache", folder + ", " + size(sizeOf(folder)));
        } catch (IOException e) {
            return Finding.fail(
                    "cache", folder + " cannot be written: " + e, "name a folder that can in ZOETROPE_CACHE");
        }
    }

    static Finding disk(Path folder) {
        try {
            long free = Files.getFileStore(existing(folder)).getUsableSpace();
            String found = size(free) + " free for " + folder;
            if (free < LEAST_DISK_BYTES) {
                return Finding.fail("disk", found, "free " + size(LEAST_DISK_BYTES) + ", or move ZOETROPE_CACHE");
            }
            return free < SMALL_DISK_BYTES
                    ? Finding.warn("disk", found, "free " + size(SMALL_DISK_BYTES) + " for clips and models")
                    : Finding.ok("disk", found);
        } catch (IOException e) {
            return Finding.warn("disk", "this system does not say: " + e, "");
        }
    }

    private static Path existing(Path folder) {
        Path path = folder.toAbsolutePath();
        while (!Files.exists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        return path;
    }

    private static long sizeOf(Path folder) throws IOException {
        long[] bytes = {0};
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes[0] += attributes.size();
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE; // another process tidies up
            }
        });
        return bytes[0];
    }

    /** Such as {@code 12.3 MiB}. */
    static String size(long bytes) {
        double mebibytes = (double) bytes / MEBIBYTE;
        return mebibytes >= 1024
                ? String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024)
                : String.format(Locale.ROOT, "%.1f MiB", mebibytes);
    }
}
