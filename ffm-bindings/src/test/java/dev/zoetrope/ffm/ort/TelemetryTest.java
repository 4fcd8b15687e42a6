package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library's telemetry never starts: it kills JVMs with a long command line and looks for certificates to upload with. */
class TelemetryTest {
    @Test
    void aJvmWithALongCommandLineOpensAnEnvironment(@TempDir Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        // Three times what overflowed the stack of a main thread when telemetry was on.
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dzoetrope.padding=" + "x/".repeat(6000),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpensEnvironment.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    /** Opens an environment on the main thread. */
    static final class OpensEnvironment {
        public static void main(String[] arguments) {
            try (Environment environment =
                    Environment.open(EnvironmentOptions.defaults().withIntraOpThreads(1))) {
                System.out.println(environment.libraryVersion());
            }
        }
    }
}
