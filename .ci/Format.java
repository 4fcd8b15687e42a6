import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Lays out the project's Java sources with palantir-java-format.
 *
 * <p>Arguments: {@code check} (names the files that differ, and fails) or {@code apply} (rewrites them), the project's root,
 * and the folder or file under it to look at. The root pom runs it on the build's JDK, because the formatter parses with the
 * javac of the JVM it runs in, and Maven's own may be too old for the sources.
 */
final class Format {
    /** Build output, and code that a generator wrote. */
    private static final Set<String> SKIPPED_FOLDERS = Set.of("target", "generated", ".git", ".venv");

    private Format() {}

    public static void main(String[] arguments) throws IOException {
        boolean apply = arguments[0].equals("apply");
        Path root = Path.of(arguments[1]).toAbsolutePath().normalize();
        List<Path> sources = sourcesUnder(root.resolve(arguments[2]).normalize());
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .build());
        int problems = 0;
        int rewritten = 0;
        for (Path source : sources) {
            String found = Files.readString(source);
            String expected;
            try {
                expected = formatter.formatSource(ImportOrderer.reorderImports(
                        RemoveUnusedImports.removeUnusedImports(found), JavaFormatterOptions.Style.PALANTIR));
            } catch (FormatterException e) {
                System.err.println(root.relativize(source) + ": " + e.getMessage());
                problems++;
                continue;
            }
            if (expected.equals(found)) {
                continue;
            }
            if (apply) {
                Files.writeString(source, expected);
                rewritten++;
            } else {
                System.err.println(
                        root.relativize(source) + ":" + firstDifferentLine(found, expected) + ": layout differs");
                problems++;
            }
        }
        System.out.println(sources.size() + " sources, " + rewritten + " rewritten, " + problems + " with problems");
        if (problems > 0) {
            System.err.println(
                    "Layout: expected that of palantir-java-format; cure: mvn -N verify -Dformat.mode=apply");
            System.exit(1);
        }
    }

    private static List<Path> sourcesUnder(Path folder) throws IOException {
        List<Path> sources = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
                return SKIPPED_FOLDERS.contains(String.valueOf(visited.getFileName()))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path visited, BasicFileAttributes attributes) {
                if (visited.toString().endsWith(".java")) {
                    sources.add(visited);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        sources.sort(null);
        return sources;
    }

    private static int firstDifferentLine(String found, String expected) {
        List<String> foundLines = found.lines().toList();
        List<String> expectedLines = expected.lines().toList();
        int line = 0;
        while (line < Math.min(foundLines.size(), expectedLines.size())
                && foundLines.get(line).equals(expectedLines.get(line))) {
            line++;
        }
        return line + 1;
    }
}
