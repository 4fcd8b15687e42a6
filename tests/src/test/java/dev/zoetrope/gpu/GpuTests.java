package dev.zoetrope.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.platform.console.ConsoleLauncher;

/**
 * {@code main} of the self-contained jar: runs the tests of this package, or those of the classes that the arguments name, such as
 * {@code DeviceLoopTest}. Properties are those of {@link TestedDevice} and {@link DeviceRendersTest}. Ends with status 0 if all that
 * ran passed, 1 if not.
 */
public final class GpuTests {
    private static final String FOLDERS = "golden/wan/";

    private GpuTests() {}

    public static void main(String[] arguments) throws IOException {
        Path folders = Files.createTempDirectory("zoetrope-wan-");
        unpack(folders);
        System.setProperty(TestedDevice.WAN_FOLDERS, folders.resolve(FOLDERS).toString());
        List<String> options = new ArrayList<>(List.of(
                "execute",
                "--include-tag=gpu",
                "--disable-banner",
                "--details=tree",
                "--disable-ansi-colors",
                "--fail-if-no-tests"));
        String place = GpuTests.class.getPackageName();
        if (arguments.length == 0) {
            options.add("--select-package=" + place);
        }
        Arrays.stream(arguments).forEach(name -> options.add("--select-class=" + place + "." + name));
        ConsoleLauncher.main(options.toArray(String[]::new));
    }

    /** The committed Wan folders, from this jar: graphs read weights where they lie as files. */
    private static void unpack(Path target) throws IOException {
        var source = Objects.requireNonNull(GpuTests.class.getProtectionDomain().getCodeSource());
        try (InputStream jar = source.getLocation().openStream();
                ZipInputStream entries = new ZipInputStream(jar)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                if (entry.getName().startsWith(FOLDERS) && !entry.isDirectory()) {
                    Path file = target.resolve(entry.getName());
                    Files.createDirectories(Objects.requireNonNull(file.getParent()));
                    Files.copy(entries, file);
                }
            }
        }
    }
}
