package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every option of {@code serve} can be given in three places, and is told in one table. */
class ServeConfigurationTest {
    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {
        String line(String key) {
            return out.lines()
                    .filter(line -> line.startsWith(key + ": ") || line.startsWith("# " + key + ":"))
                    .findFirst()
                    .orElse("");
        }
    }

    @Test
    void theCommandLineWinsOverTheEnvironmentAndThatOverTheFileAndThatOverTheDefault() throws Exception {
        Path file = Files.writeString(folder.resolve("serve.yaml"), "port: 1\nworkers: 2\nmax-jobs: 3\n");
        Run run = run(
                Map.of("ZOETROPE_SERVE_PORT", "10", "ZOETROPE_SERVE_WORKERS", "20"),
                "--config",
                file.toString(),
                "--port",
                "100");

        assertEquals(ExitStatus.OK, run.status(), run.err());
        assertEquals("port: 100  # command line", run.line("port"));
        assertEquals("workers: 20  # ZOETROPE_SERVE_WORKERS", run.line("workers"));
        assertEquals("max-jobs: 3  # max-jobs in " + file, run.line("max-jobs"));
        assertEquals("host: 127.0.0.1  # default", run.line("host"));
        assertEquals("# api-key-file:", run.line("api-key-file"));
    }

    @Test
    void theFileIsTheOneNamedInTheEnvironmentOrTheOneInItsUsualPlace() throws Exception {
        Path usual = folder.resolve("home/zoetrope/serve.yaml");
        Files.createDirectories(usual.getParent());
        Files.writeString(usual, "port: 1\n");
        Path named = Files.writeString(folder.resolve("named.yaml"), "port: 2\n");
        String home = folder.resolve("home").toString();

        assertEquals(
                "port: 1  # port in " + usual,
                run(Map.of("XDG_CONFIG_HOME", home)).line("port"));
        assertEquals(
                "port: 2  # port in " + named,
                run(Map.of("XDG_CONFIG_HOME", home, "ZOETROPE_SERVE_CONFIG", named.toString()))
                        .line("port"));
        assertEquals("port: 8080  # default", run(Map.of()).line("port"));
    }

    @Test
    void whatIsPrintedIsReadAgainAsTheSame() throws Exception {
        Path file = Files.writeString(folder.resolve("serve.yaml"), "port: 1\ndata: 'a folder'\n");
        Run first = run(Map.of(), "--config", file.toString());
        Path printed = Files.writeString(folder.resolve("printed.yaml"), first.out());
        Run second = run(Map.of(), "--config", printed.toString());

        assertEquals(ExitStatus.OK, second.status(), second.err());
        assertEquals(withoutOrigins(first.out()), withoutOrigins(second.out()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prot: 1|did you mean port?",
                "port: x|--port: expected a whole number, found 'x' (it is from port in ",
                "port: 70000|--port: expected 0 to 65535, found 70000 (nearest that works: 65535) (it is from port in ",
                "port:|expected N, found nothing",
                "port: [1, 2]|expected one value, found a list",
                "host: 0.0.0.0|without API keys",
                "{port: 1, port: 2}|expected YAML, found: Duplicate field 'port'",
                "- port|expected lines like 'port: 8080', found something else",
                "config: other.yaml|found 'config'",
            })
    void aFileThatCannotBeMeantIsRefusedInOneLine(String text, String expected) throws Exception {
        Path file = Files.writeString(folder.resolve("serve.yaml"), text);
        assertRefused(run(Map.of(), "--config", file.toString()), expected, file.toString());
    }

    @Test
    void aVariableThatCannotBeMeantIsRefusedInOneLine() {
        assertRefused(run(Map.of("ZOETROPE_SERVE_PROT", "1")), "did you mean ZOETROPE_SERVE_PORT?", "PROT");
        assertRefused(
                run(Map.of("ZOETROPE_SERVE_PORT", "tcp://10.0.0.1:80")),
                "--port: expected a whole number, found 'tcp://10.0.0.1:80'",
                "(it is from ZOETROPE_SERVE_PORT)");
        assertRefused(
                run(Map.of("ZOETROPE_SERVE_CONFIG", "none.yaml")), "expected a YAML file, found none named", "none");
    }

    @Test
    void secretsAreNotPrinted() {
        assertEquals("***", ConfigurationReport.masked("webhook-secret", "whsec_abc"));
        assertEquals("keys.txt", ConfigurationReport.masked("webhook-secret-file", "keys.txt"));
        assertEquals(
                "jdbc:postgresql://me:***@host/db?password=***&ssl=true",
                ConfigurationReport.masked("database", "jdbc:postgresql://me:abc@host/db?password=def&ssl=true"));
        assertEquals("http://host:80/a@b", ConfigurationReport.masked("proxy", "http://host:80/a@b"));
    }

    /** By default, picocli takes a switch that is given for the opposite of its default: of what a file says, here. */
    @Test
    void switchesThatAFileTurnsOnStayOnWhenTheyAreGivenToo() {
        for (OptionSpec option : ConfiguredDefaults.options(serve())) {
            if (option.type() == boolean.class || option.type() == Boolean.class) {
                assertEquals("true", option.fallbackValue(), option.longestName() + " needs fallbackValue = \"true\"");
            }
        }
    }

    @Test
    void theReadmesTableNamesEveryOptionWithItsDefaultAndNoOther() throws Exception {
        Map<String, OptionSpec> options = new HashMap<>();
        ConfiguredDefaults.options(serve()).forEach(option -> options.put(option.longestName(), option));
        TreeSet<String> untold = new TreeSet<>(options.keySet());
        List<String> wrong = new ArrayList<>();
        for (String row : Files.readAllLines(Path.of(System.getProperty("basedir", "."), "../server/README.md"))) {
            String[] cells = row.split("\\|");
            if (!row.startsWith("| `--") || cells.length < 4) {
                continue;
            }
            List<String> named = Pattern.compile("--[a-z-]+")
                    .matcher(cells[1])
                    .results()
                    .map(MatchResult::group)
                    .toList();
            untold.removeAll(named);
            for (String name : named) {
                OptionSpec option = options.get(name);
                String usual = option == null ? "" : String.valueOf(option.defaultValue());
                if (option == null) {
                    wrong.add(name + " does not exist");
                } else if (named.size() == 1
                        && option.defaultValue() != null
                        && !cells[3].contains("`" + usual + "`")) {
                    wrong.add(name + ": the last cell says not `" + usual + "` but " + cells[3].strip());
                }
            }
        }
        assertEquals(List.of(), wrong, "rows that are not true");
        assertEquals(new TreeSet<String>(), untold, "options without a row in the table of server/README.md");
    }

    private static void assertRefused(Run run, String... parts) {
        assertEquals(ExitStatus.USAGE, run.status(), run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        for (String part : parts) {
            assertTrue(run.err().contains(part), run.err());
        }
        assertFalse(run.err().contains("Exception"), run.err());
    }

    private static String withoutOrigins(String text) {
        return text.replaceAll("  # .*", "");
    }

    private static CommandSpec serve() {
        return new ZoetropeCommand()
                .commandLine(surroundings(Map.of()))
                .getSubcommands()
                .get("serve")
                .getCommandSpec();
    }

    private static Surroundings surroundings(Map<String, String> environment) {
        return new Surroundings(InputStream.nullInputStream(), System.err, false, new Cancellation(), environment);
    }

    private static Run run(Map<String, String> environment, String... options) {
        List<String> arguments = new ArrayList<>(List.of("serve", "--print-config"));
        arguments.addAll(List.of(options));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = ZoetropeCommand.run(
                surroundings(environment),
                new PrintWriter(out),
                new PrintWriter(err),
                arguments.toArray(String[]::new));
        return new Run(status, out.toString(), err.toString());
    }
}
