package dev.zoetrope.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How much a JVM's process holds, as Linux and the JVM say.
 *
 * @param residentKib resident memory
 * @param handles open files and sockets
 * @param threads platform threads
 */
record ProcessSize(long residentKib, long handles, long threads) {
    private static final Pattern OTHER = Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");

    static ProcessSize of(long pid) throws IOException, InterruptedException {
        Path process = Path.of("/proc/" + pid);
        String status = Files.readString(process.resolve("status"));
        long handles;
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            handles = files.count();
        }
        return new ProcessSize(line(status, "VmRSS"), handles, line(status, "Threads"));
    }

    private static long line(String status, String name) {
        Matcher found = Pattern.compile(name + ":\\s+(\\d+)").matcher(status);
        if (!found.find()) {
            throw new AssertionError("no " + name + " in " + status);
        }
        return Long.parseLong(found.group(1));
    }

    /**
     * KiB of direct buffers and native segments: what the JVM's own tracking calls "Other". The process has to run with
     * {@code -XX:NativeMemoryTracking=summary}.
     */
    static long bufferKib(long pid) throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        "" + pid,
                        "VM.native_memory")
                .redirectErrorStream(true)
                .start();
        String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!asked.waitFor(30, TimeUnit.SECONDS)) {
            asked.destroyForcibly();
            throw new AssertionError("no answer of jcmd: " + answer);
        }
        Matcher found = OTHER.matcher(answer);
        if (!found.find()) {
            throw new AssertionError("no buffers in " + answer);
        }
        return Long.parseLong(found.group(1));
    }

    /** Each figure's median. */
    static ProcessSize median(List<ProcessSize> sizes) {
        return new ProcessSize(
                medianOf(sizes, ProcessSize::residentKib),
                medianOf(sizes, ProcessSize::handles),
                medianOf(sizes, ProcessSize::threads));
    }

    private static long medianOf(List<ProcessSize> sizes, ToLongFunction<ProcessSize> figure) {
        return figure.applyAsLong(sizes.stream()
                .sorted(Comparator.comparingLong(figure))
                .skip(sizes.size() / 2)
                .findFirst()
                .orElseThrow());
    }

    @Override
    public String toString() {
        return residentKib / 1024 + " MiB resident, " + handles + " handles, " + threads + " threads";
    }
}
