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
import java.util.stream.Collectors;
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

        assertEquals(Map.of("prompt", "a ball", "steps", "4", "keep-latents", "true"), fields(rows.getFirst()));
        assertEquals(3, rows.get(1).number(), "rows are numbered by their lines");
        assertEquals(Map.of("prompt", "ein Würfel", "guidance", "2.5"), fields(rows.get(1)));
    }

    @Test
    void aBrokenLineIsABrokenRowOnly() throws IOException {
        List<BatchRow> rows = read("rows.jsonl", """
                {"prompt": "one"}
                not json
                ["a"]
                {"prompt": "x", "prompt": "y"}
                {"prompt": "x"} trailing
                {"prompt": "two"}
                """);

        assertEquals(6, rows.size());
        for (int index : List.of(1, 2, 3, 4)) {
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

        assertEquals(Map.of("prompt", "a ball, red", "keep-latents", "true", "seed", "7"), fields(rows.getFirst()));
        assertEquals(Map.of("prompt", "says \"hello\" there"), fields(rows.get(1)));
        assertTrue(rows.get(2).problem().orElseThrow().contains("expected 3 cells, found 4"));
    }

    @Test
    void aFileThatCannotBeReadAtAllIsRefused() {
        assertThrows(RequestException.class, () -> read("rows.csv", ""));
        assertThrows(RequestException.class, () -> read("rows.csv", "prompt,prompt\na,b\n"));
        assertThrows(RequestException.class, () -> read("rows.txt", "prompt\n"));
        assertThrows(RequestException.class, () -> BatchFile.read(folder.resolve("none.jsonl")));
    }

    @Test
    void listsAndWhatHasMembersAreKept() throws IOException {
        BatchRow row = read("rows.jsonl", """
                {"shots": [{"prompt": "one", "seconds": 1}], "image": ["a.png", "b.png@end"]}
                """).getFirst();

        assertEquals("one", row.fields().get("shots").path(0).path("prompt").asText());
        assertEquals(2, row.fields().get("image").size());
    }

    private static Map<String, String> fields(BatchRow row) {
        return row.fields().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, field -> field.getValue().asText()));
    }

    private List<BatchRow> read(String name, String text) throws IOException {
        return BatchFile.read(Files.writeString(folder.resolve(name), text));
    }
}
