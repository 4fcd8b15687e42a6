package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.zoetrope.runtime.Diagnostics;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command says before any engine is opened. */
class CommandLineTest {
    private record Run(int status, String out, String err) {}

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "render",
                "animate",
                "extend",
                "loop",
                "connect",
                "interpolate",
                "restyle",
                "storyboard",
                "batch",
                "inspect",
                "export",
                "quantize",
                "doctor"
            })
    void everyCommandExplainsItselfWithAnExample(String command) {
        Run run = run(command.isEmpty() ? new String[] {"--help"} : new String[] {command, "--help"});

        assertEquals(ExitStatus.OK, run.status());
        assertTrue(run.out().contains("Examples:"), run.out());
        assertTrue(run.out().contains("zoetrope " + command), run.out());
        assertEquals("", run.err());
    }

    @Test
    void withoutACommandTheHelpIsAnError() {
        Run run = run();

        assertEquals(ExitStatus.USAGE, run.status());
        assertTrue(run.err().startsWith("Usage: zoetrope"), run.err());
    }

    @Test
    void doctorSaysWhatTheGpuLacks() {
        assumeFalse(
                Diagnostics.onnxRuntime().providers().contains("CUDAExecutionProvider"),
                "needs a library without CUDA");
        Run run = run("doctor", "--gpu");

        assertEquals(ExitStatus.FAILURE, run.status());
        assertTrue(run.out().lines().anyMatch(line -> line.matches("fail  onnxruntime .*: no CUDA")), run.out());
        assertTrue(run.out().contains("-> name a CUDA build in ZOETROPE_ORT_LIB"), run.out());
        assertTrue(run.out().contains("warn  trials       not run: something they need is missing"), run.out());
    }

    @Test
    void completionNamesCommandsAndOptions() {
        Run run = run("generate-completion");

        assertEquals(ExitStatus.OK, run.status());
        for (String word : List.of("render", "doctor", "--sampler", "--keep-latents")) {
            assertTrue(run.out().contains(word), word);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rendr x|command: expected one of|did you mean render?",
                "render x --stpes 4|found '--stpes'|did you mean --steps?",
                "render x --stpes=4|found '--stpes=4'|did you mean --steps?",
                "render x --steps abc|--steps: expected a whole number, found 'abc'|zoetrope render --help",
                "render x --steps|--steps: expected a value N, found nothing|zoetrope render --help",
                "render a b|argument: expected no more, found 'b'|quotes",
                "render|prompt: expected text, found no argument|zoetrope render",
                "render x --provider tpu|--provider: expected cpu, cuda or auto|found 'tpu'",
                "render x --threads -2|threads: expected 0|found -2",
                "render x --memory much|--memory: expected a size such as 8g|found 'much'",
                "render x --memory 100m|memory: expected more than the 384 MiB of the process|found 104857600 bytes",
                "render x -o clip.avi|expected a name that ends in .mp4|clip.avi",
                "render x -o clip.mp4 --codec theora|video codec for .mp4: expected h264|theora",
                "render x --resume a.ckpt|--resume: expected no prompt|found one",
                "render --resume a.ckpt|--resume: expected an output name|-o",
                "render --resume a.ckpt -o a.mp4 --plan|--resume: expected no option that changes|found --plan",
                "render --resume a.ckpt -o a.mp4 --window 4|--resume: expected no option that changes|as it was begun",
                "render --resume a.ckpt -o a.mp4 --loop|--resume: expected no prompt|found one",
                "extend|CLIP: expected an argument, found none|zoetrope extend --help",
                "extend none.mp4|--by: expected to be given, found nothing|zoetrope extend --help",
                "storyboard none.yaml|storyboard: expected a YAML file, found none named none.yaml|none",
                "batch rows.txt -o out|batch file: expected a name that ends in .jsonl or .csv|rows.txt",
                "batch none.csv -o out|batch file: expected a .jsonl or .csv file, found none named none.csv|none",
                "batch rows.csv|--output: expected to be given, found nothing|zoetrope batch --help",
                "inspect x --frames 9|inspect: expected options of a render with --plan only|found some",
                "inspect none.mp4|inspect: expected a clip or a model folder, found nothing at none.mp4|none",
                "export|DIR: expected an argument, found none|zoetrope export --help",
            })
    void wrongArgumentsAreOneLineAndStatusTwo(String arguments, String message, String also) {
        Run run = run(arguments.split(" "));

        assertEquals(ExitStatus.USAGE, run.status(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("zoetrope: "), run.err());
        assertTrue(run.err().contains(message), run.err());
        assertTrue(run.err().contains(also), run.err());
    }

    @Test
    void controlCharactersOfAnArgumentDoNotReachTheTerminal() {
        Run run = run("render", "x", "--sampler", "\u001B[2Jgone");

        assertTrue(run.err().indexOf('\u001B') < 0, "the escape is replaced");
        assertEquals(1, run.err().lines().count());
    }

    @Test
    void verboseShowsWhereAnErrorCameFrom() {
        Run run = run("render", "x", "--size", "0x0", "--verbose");

        assertTrue(run.err().contains("\tat dev.zoetrope.runtime.FrameSize"), run.err());
    }

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = ZoetropeCommand.run(
                InputStream.nullInputStream(), new PrintWriter(out), new PrintWriter(err), arguments);
        return new Run(status, out.toString(), err.toString());
    }
}
