package dev.zoetrope.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What the repository's files may not hold: the paths of one machine, and addresses that only one network reaches. */
class RepositoryTest {
    private static final Path ROOT =
            Path.of(System.getProperty("zoetrope.root")).toAbsolutePath().normalize();

    private static final Pattern MACHINE_PATH = Pattern.compile("(^|[^a-z.])/(work|root)/");

    private static final Pattern REGISTRY_ADDRESS = Pattern.compile(
            "\"resolved\": *\"https?:|distributionUrl\\s*=|https?://[a-z0-9.-]*(registry|repo|files|proxy|index|static|deb)[a-z0-9.-]*/");

    @Test
    void noTrackedFileNamesAPathOfOneMachineOrAPackageRegistry() throws Exception {
        List<Path> files = trackedFiles();
        assertTrue(files.contains(ROOT.resolve("pom.xml")), "the files of the repository are looked at");

        List<String> found = new ArrayList<>();
        for (Path file : files) {
            List<String> lines = readLines(file);
            for (int line = 0; line < lines.size(); line++) {
                if (MACHINE_PATH.matcher(lines.get(line)).find()
                        || REGISTRY_ADDRESS.matcher(lines.get(line)).find()) {
                    found.add(ROOT.relativize(file) + ":" + (line + 1) + ": "
                            + lines.get(line).strip());
                }
            }
        }
        assertEquals(List.of(), found);
    }

    /** The lines of a text file; none of a binary one. */
    private static List<String> readLines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (MalformedInputException _) {
            return List.of();
        }
    }

    private static List<Path> trackedFiles() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.exists(ROOT.resolve(".git")), "only a git work tree knows its tracked files");
        Process git = new ProcessBuilder("git", "ls-files", "-z")
                .directory(ROOT.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String names;
        try (var output = git.inputReader()) {
            names = output.readAllAsString();
        }
        assertEquals(0, git.waitFor(), "exit code of git ls-files");
        // A file that is tracked and deleted in the work tree has nothing to read.
        return names.lines()
                .flatMap(line -> Pattern.compile("\0").splitAsStream(line))
                .map(ROOT::resolve)
                .filter(Files::isRegularFile)
                .toList();
    }
}
