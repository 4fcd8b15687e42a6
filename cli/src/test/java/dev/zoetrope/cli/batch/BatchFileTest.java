package dev.zoetrope.cli.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchFileTest {
    @TempDir
    Path folder;

    @Test
    void jsonLines() throws IOException {
        List<BatchRow> rows = read("rows.jsonl", """
                \uFEFF{"prompt": "a ball", "steps": 4, "keep_latents": true, "negative": null}

                {"prompt": "ein Würfel", "guidance": 2.5}
                """);

        assertEquals(
                Map.of("prompt", "a ball", "steps", "4", "keep-latents", "true"),
                rows.getFirst().fields());
        assertEquals(3, rows.get(1).number(), "rows are numbered by their lines");
        assertEquals(
                Map.of("prompt", "ein Würfel", "guidance", "2.5"), rows.get(1).fields());
    }

    @Test
    void aBrokenLineIsABrokenRowOnly() throws IOException {
        List<BatchRow> rows = read("rows.jsonl", """
                {"prompt": "one"}
                not json
                ["a"]
                {"prompt": "x", "size": [64, 48]}
                {"prompt": "x", "prompt": "y"}
                {"prompt": "x"} trailing
                {"prompt": "two"}
                """);

        assertEquals(7, rows.size());
        for (int index : List.of(1, 2, 3, 4, 5)) {
            assertTrue(
                    rows.get(index).problem().orElseThrow().contains("expected "),
                    rows.get(index).toString());
        }
        assertTrue(rows.getFirst().problem().isEmpty());
        assertTrue(rows.getLast().problem().isEmpty());
    }

    @Test
    void commaSeparatedValues() throws IOException {
        List<BatchRow> rows = read("rows.CSV", """
                \uFEFFPrompt,keep_latents,seed
                "a ball, red",true,7
                "says ""hello"" there",,
                too,many,cells,here
                """);

        assertEquals(
                Map.of("prompt", "a ball, red", "keep-latents", "true", "seed", "7"),
                rows.getFirst().fields());
        assertEquals(Map.of("prompt", "says \"hello\" there"), rows.get(1).fields());
        assertTrue(rows.get(2).problem().orElseThrow().contains("expected 3 cells, found 4"));
    }

    @Test
    void aFileThatCannotBeReadAtAllIsRefused() {
        assertThrows(RequestException.class, () -> read("rows.csv", ""));
        assertThrows(RequestException.class, () -> read("rows.csv", "prompt,prompt\na,b\n"));
        assertThrows(RequestException.class, () -> read("rows.txt", "prompt\n"));
        assertThrows(RequestException.class, () -> BatchFile.read(folder.resolve("none.jsonl")));
    }

    private List<BatchRow> read(String name, String text) throws IOException {
        return BatchFile.read(Files.writeString(folder.resolve(name), text));
    }
}
