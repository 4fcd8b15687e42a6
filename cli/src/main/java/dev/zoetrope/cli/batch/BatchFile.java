package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads the rows of a {@code .jsonl} or {@code .csv} file. A row that cannot be read is kept as one with a problem. */
public final class BatchFile {
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build()
            .readerFor(JsonNode.class);

    private BatchFile() {}

    /** Reads every row, in the file's order. */
    public static List<BatchRow> read(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        try {
            if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
                return readJsonLines(file);
            }
            if (name.endsWith(".csv")) {
                return readCsv(file);
            }
        } catch (NoSuchFileException e) {
            throw new RequestException("batch file: expected a .jsonl or .csv file, found none named " + file, e);
        } catch (CharacterCodingException e) {
            throw new RequestException("batch file: expected UTF-8 text, found other bytes in " + file, e);
        } catch (IOException e) {
            throw new RequestException("batch file: expected rows, found " + file + " that cannot be read: " + e, e);
        }
        throw new RequestException("batch file: expected a name that ends in .jsonl or .csv, found " + file);
    }

    private static List<BatchRow> readJsonLines(Path file) throws IOException {
        List<BatchRow> rows = new ArrayList<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            String text = number == 1 ? withoutMark(line) : line;
            if (!text.isBlank()) {
                rows.add(readJsonRow(number, text));
            }
        }
        return rows;
    }

    private static BatchRow readJsonRow(int number, String line) {
        JsonNode row;
        try {
            row = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return BatchRow.unreadable(number, "row: expected a JSON object, found " + e.getOriginalMessage());
        }
        if (!row.isObject()) {
            return BatchRow.unreadable(number, "row: expected a JSON object, found " + kindOf(row));
        }
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : row.properties()) {
            if (!field.getValue().isNull() && fields.put(fieldName(field.getKey()), field.getValue()) != null) {
                return BatchRow.unreadable(number, field.getKey() + ": expected one value, found two");
            }
        }
        return BatchRow.of(number, fields);
    }

    private static List<BatchRow> readCsv(Path file) throws IOException {
        List<BatchRow> rows = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file);
                MappingIterator<String[]> lines = new CsvMapper()
                        .enable(CsvParser.Feature.WRAP_AS_ARRAY)
                        .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
                        .readerFor(String[].class)
                        .readValues(in)) {
            if (!lines.hasNextValue()) {
                throw new RequestException("batch file: expected a line with field names, found nothing in " + file);
            }
            List<String> names = headerOf(lines.nextValue());
            int number = 0;
            while (lines.hasNextValue()) {
                number++;
                rows.add(readCsvRow(number, names, lines.nextValue()));
            }
        } catch (JsonProcessingException e) {
            // An unclosed quote swallows the rest of the file: no later row can be trusted.
            throw new RequestException(
                    "batch file " + file + ": expected CSV, found " + e.getOriginalMessage() + " after row "
                            + rows.size(),
                    e);
        }
        return rows;
    }

    private static List<String> headerOf(String[] cells) {
        List<String> names = new ArrayList<>();
        for (String cell : cells) {
            String name = fieldName(withoutMark(cell));
            if (name.isEmpty() || names.contains(name)) {
                throw new RequestException("batch file: expected different field names in its first line, found "
                        + (name.isEmpty() ? "an empty one" : name + " twice"));
            }
            names.add(name);
        }
        return names;
    }

    private static BatchRow readCsvRow(int number, List<String> names, String[] cells) {
        if (cells.length > names.size()) {
            return BatchRow.unreadable(
                    number,
                    "row: expected " + names.size() + " cells, found " + cells.length
                            + " (a cell with a comma in it needs double quotes)");
        }
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        for (int column = 0; column < cells.length; column++) {
            if (!cells[column].isBlank()) {
                fields.put(names.get(column), TextNode.valueOf(cells[column].strip()));
            }
        }
        return BatchRow.of(number, fields);
    }

    /** {@code keep_latents} and {@code Keep-Latents} are the option {@code --keep-latents}. */
    private static String fieldName(String written) {
        return written.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private static String kindOf(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a text";
            case NUMBER -> "a number";
            default -> "'" + node.asText() + "'";
        };
    }
}
