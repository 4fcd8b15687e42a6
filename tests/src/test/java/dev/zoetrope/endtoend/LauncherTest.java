package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher {@code ./zoetrope}, run with folders that stand in for JDKs, so that nothing is built here. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a POSIX shell script")
class LauncherTest {
    private static final Path LAUNCHER = Path.of(System.getProperty("zoetrope.root"), "zoetrope")
            .toAbsolutePath()
            .normalize();

    @TempDir
    Path folder;

    private Path empty;

    private record Outcome(int exitCode, String output, String errors) {}

    @BeforeEach
    void makeEmptyFolder() throws IOException {
        empty = Files.createDirectory(folder.resolve("empty"));
    }

    @Test
    void withoutAnyJdkItSaysWhatItLookedForAndWhere() throws Exception {
        Outcome outcome = run(LAUNCHER, Map.of("PATH", empty.toString(), "ZOETROPE_JDK_SEARCH", empty.toString()));

        assertEquals(1, outcome.exitCode());
        assertEquals("", outcome.output());
        assertEquals("""
                zoetrope: JDK: expected version 25 or newer, found none
                  looked at
                    JAVA_HOME: not set
                    JDK_HOME: not set
                    java on the PATH: none
                    %s: no JDK in it
                  cure: install a JDK 25 and set JAVA_HOME to its folder, or ZOETROPE_JDK_SEARCH to the folder that holds it
                """.formatted(empty), outcome.errors());
    }

    @Test
    void jdksThatDoNotServeAreNamedWithTheirVersions() throws Exception {
        Path old = fakeJdk("old", "17.0.15", true);
        Path older = fakeJdk("older", "11.0.2", true);
        Path runtimeOnly = fakeJdk("jdks/runtime-only", "25.0.1", false);

        Outcome outcome = run(
                LAUNCHER,
                Map.of(
                        "JAVA_HOME", old.toString(),
                        "JDK_HOME", folder.resolve("gone").toString(),
                        "PATH", older.resolve("bin").toString(),
                        "ZOETROPE_JDK_SEARCH", folder.resolve("jdks").toString()));

        assertEquals(1, outcome.exitCode());
        List<String> looked =
                outcome.errors().lines().filter(line -> line.startsWith("    ")).toList();
        assertEquals(
                List.of(
                        "    JAVA_HOME: version 17.0.15 in " + old,
                        "    JDK_HOME: no bin/java in " + folder.resolve("gone"),
                        "    java on the PATH: version 11.0.2 in " + older,
                        "    " + folder.resolve("jdks") + ": version 25.0.1 in " + runtimeOnly
                                + " is a runtime without javac"),
                looked);
    }

    @Test
    void argumentsAndExitCodePassThroughFromAnotherFolderAndThroughALink() throws Exception {
        Path jdk = fakeJdk("jdks/jdk-25", "25.0.3", true);
        fakeJdk("jdks/jdk-26", "26", true);
        Path launcher = builtProject("class-path-of-the-build");
        Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);

        Outcome outcome = run(
                link,
                Map.of(
                        "PATH", System.getenv("PATH"),
                        "JAVA_HOME", fakeJdk("old", "17.0.15", true).toString(),
                        "JDK_HOME", jdk.toString()),
                "render",
                "a red ball",
                "",
                "-o",
                "it's $HOME.mp4");

        assertEquals("", outcome.errors());
        assertEquals(
                List.of(
                        "25.0.3",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        "class-path-of-the-build",
                        "dev.zoetrope.cli.ZoetropeCommand",
                        "render",
                        "a red ball",
                        "",
                        "-o",
                        "it's $HOME.mp4"),
                outcome.output().lines().toList());
        assertEquals(7, outcome.exitCode(), "the exit code of the command");
    }

    @Test
    void ofSeveralJdksInTheUsualFoldersTheOneTestedWithIsTaken() throws Exception {
        fakeJdk("jdks/a-26", "26", true);
        fakeJdk("jdks/b-25", "25.0.3", true);
        fakeJdk("jdks/c-27", "27.0.1", true);
        Path launcher = builtProject("class-path-of-the-build");

        Outcome outcome = run(
                launcher,
                Map.of("PATH", pathWithoutJava(), "ZOETROPE_JDK_SEARCH", empty + ":" + folder.resolve("jdks")));

        assertEquals("", outcome.errors());
        assertEquals("25.0.3", outcome.output().lines().findFirst().orElse(""));
    }

    @Test
    void aBuildThatIsNeededButCannotRunSaysThatMavenIsMissing() throws Exception {
        Path jdk = fakeJdk("jdk", "25.0.3", true);
        Path launcher = builtProject("class-path-of-the-build");
        Files.delete(launcher.resolveSibling("cli/target/launcher/current"));

        Outcome outcome = run(launcher, Map.of("PATH", pathWithoutJava(), "JAVA_HOME", jdk.toString()));

        assertEquals(1, outcome.exitCode());
        assertTrue(
                outcome.errors()
                        .startsWith("zoetrope: Maven: expected mvn on the PATH to build the project, found none"),
                outcome.errors());
    }

    /** A folder with the launcher in it and nothing left to build. */
    private Path builtProject(String classPath) throws IOException {
        Path project = Files.createDirectory(folder.resolve("a project"));
        Path launcher = Files.copy(LAUNCHER, project.resolve("zoetrope"));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(project.resolve("pom.xml"), "");
        Path built = Files.createDirectories(project.resolve("cli/target/launcher"));
        Files.writeString(built.resolve("current"), classPath + "\n");
        return launcher;
    }

    /** A JDK as far as the launcher can tell: its java prints its version and its arguments, and exits with 7. */
    private Path fakeJdk(String name, String version, boolean withCompiler) throws IOException {
        Path jdk = folder.resolve(name);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(
                jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"y\"\n");
        executable(jdk.resolve("bin/java"), "printf '%s\\n' " + version + " \"$@\"\nexit 7\n");
        if (withCompiler) {
            executable(jdk.resolve("bin/javac"), "exit 1\n");
        }
        return jdk;
    }

    /** The few commands that the launcher needs, without those of this machine's JDK and Maven. */
    private String pathWithoutJava() throws IOException {
        Path commands = Files.createDirectory(folder.resolve("commands"));
        for (String command :
                List.of("find", "head", "mkdir", "mktemp", "cat", "cp", "mv", "touch", "rm", "readlink")) {
            for (String place : System.getenv("PATH").split(":")) {
                if (Files.isExecutable(Path.of(place, command)) && Files.notExists(commands.resolve(command))) {
                    executable(commands.resolve(command), "exec '" + Path.of(place, command) + "' \"$@\"\n");
                }
            }
        }
        return commands.toString();
    }

    private static void executable(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Outcome run(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        Path output = folder.resolve("output");
        Path errors = folder.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder();
        builder.command().add(launcher.toString());
        builder.command().addAll(List.of(arguments));
        builder.directory(empty.toFile()).redirectOutput(output.toFile()).redirectError(errors.toFile());
        builder.environment().clear();
        builder.environment().put("HOME", empty.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the launcher ends by itself");
        return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
    }
}
