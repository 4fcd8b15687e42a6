package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.runtime.error.RequestException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import picocli.CommandLine.Command;

/**
 * A row of a batch, read as the command it stands for: the field {@code command} says which, {@code render} if there is
 * none, and the others are its options and arguments.
 */
final class RowCommand {
    private static final String COMMAND = "command";

    private static final String USUAL = "render";

    /** What a batch says once for all its rows, or what makes no clip. */
    private static final Set<String> OF_THE_BATCH = Set.of(
            "model",
            "provider",
            "threads",
            "memory",
            "checkpoint",
            "checkpoint-every",
            "plan",
            "force",
            "json",
            "resume",
            "help",
            "version");

    private RowCommand() {}

    /**
     * Reads a row.
     *
     * @throws RequestException if a field does not exist, naming the nearest, or its value has the wrong form
     */
    static ClipCommand of(BatchRow row, Surroundings surroundings) {
        Map<String, ClipCommand> commands = new LinkedHashMap<>();
        ClipCommand.all(surroundings).forEach(command -> commands.put(nameOf(command), command));
        Map<String, JsonNode> fields = new HashMap<>(row.fields());
        JsonNode said = fields.remove(COMMAND);
        String name = said == null ? USUAL : said.asText();
        ClipCommand command = commands.get(name);
        if (command == null) {
            throw new RequestException(
                    COMMAND + ": expected one of " + String.join(", ", commands.keySet()) + ", found '" + name + "'"
                            + NearestName.of(name, commands.keySet())
                                    .map(nearest -> "; did you mean " + nearest + "?")
                                    .orElse(""));
        }
        checkNames(name, fieldsOf(command), fields.keySet(), commands);
        FieldOptions.read(command, fields);
        return command;
    }

    private static void checkNames(
            String name, Set<String> known, Set<String> fields, Map<String, ClipCommand> commands) {
        for (String field : fields) {
            if (OF_THE_BATCH.contains(field)) {
                throw new RequestException(field
                        + ": expected on the command line of the batch, found in a row (it holds for all of them)");
            }
            if (!known.contains(field)) {
                throw new RequestException(
                        name + ", " + FieldOptions.unknown(field, known).getMessage() + whoseField(field, commands));
            }
        }
    }

    private static String whoseField(String field, Map<String, ClipCommand> commands) {
        List<String> others = commands.entrySet().stream()
                .filter(command -> fieldsOf(command.getValue()).contains(field))
                .map(Map.Entry::getKey)
                .toList();
        return others.isEmpty() ? "" : " (" + field + " belongs to the command " + String.join(" or ", others) + ")";
    }

    private static SortedSet<String> fieldsOf(ClipCommand command) {
        SortedSet<String> names = new TreeSet<>(FieldOptions.names(command));
        names.removeAll(OF_THE_BATCH);
        names.add(COMMAND);
        return names;
    }

    private static String nameOf(ClipCommand command) {
        return command.getClass().getAnnotation(Command.class).name();
    }
}
