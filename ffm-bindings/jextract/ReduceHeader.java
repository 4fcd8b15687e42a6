import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Derives a smaller C header from {@code onnxruntime_c_api.h}, for jextract.
 *
 * <p>jextract selects whole structs, not fields, and {@code struct OrtApi} is a table of more than 400 function
 * pointers. Here every run of slots which {@code symbols.txt} does not name becomes one array of pointers,
 * {@code void* reserved_<first>_<last>[n]}, so that offsets stay what they are. Two more changes: the include of the
 * execution-provider header is dropped, and {@code size_t} and {@code int64_t} are spelled {@code long long}, so
 * that the Java made from it on Linux is right on Windows too, where {@code long} has 32 bits.
 *
 * <p>Usage: {@code java ReduceHeader.java onnxruntime_c_api.h symbols.txt reduced.h}
 */
final class ReduceHeader {
    private static final Pattern SLOT_NAME = Pattern.compile(
            "ORT_API2_STATUS\\(\\s*(\\w+)|ORT_API_T\\(\\s*[^,]+,\\s*(\\w+)|ORT_CLASS_RELEASE\\(\\s*(\\w+)"
                    + "|\\(\\s*ORT_API_CALL\\s*\\*\\s*(\\w+)\\s*\\)");

    private ReduceHeader() {}

    public static void main(String[] arguments) throws IOException {
        Path header = Path.of(arguments[0]);
        Set<String> wanted = wantedSlots(Path.of(arguments[1]));
        String text = Files.readString(header).replace("\r\n", "\n");

        String opening = "struct OrtApi {\n";
        int start = text.indexOf(opening) + opening.length();
        int end = text.indexOf("\n};", start);
        if (start < opening.length() || end < 0) {
            throw new IllegalStateException(header + ": expected `struct OrtApi { … };`, found none");
        }
        String reduced =
                text.substring(0, start) + reducedSlots(text.substring(start, end), wanted) + text.substring(end);
        reduced = reduced.replace("#include \"onnxruntime_ep_c_api.h\"\n", "")
                .replace(
                        "#include <string.h>\n",
                        "#include <string.h>\n#define size_t unsigned long long\n#define int64_t long long\n");
        Files.writeString(Path.of(arguments[2]), reduced);
    }

    private static Set<String> wantedSlots(Path symbols) throws IOException {
        Set<String> slots = new LinkedHashSet<>();
        for (String line : Files.readAllLines(symbols)) {
            if (line.startsWith("slot ")) {
                slots.add(line.substring("slot ".length()).strip());
            }
        }
        return slots;
    }

    private static String reducedSlots(String body, Set<String> wanted) {
        String code = body.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*", "");
        List<String> lines = new ArrayList<>();
        Set<String> missing = new LinkedHashSet<>(wanted);
        int gapStart = -1;
        int slot = 0;
        for (String declaration : code.split(";")) {
            if (declaration.isBlank()) {
                continue;
            }
            String name = slotName(declaration);
            if (missing.remove(name)) {
                addGap(lines, gapStart, slot);
                gapStart = -1;
                lines.add("  " + declaration.strip().replaceAll("\\s+", " ") + ";  // slot " + slot);
            } else if (gapStart < 0) {
                gapStart = slot;
            }
            slot++;
        }
        addGap(lines, gapStart, slot);
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "struct OrtApi: expected the slots of symbols.txt, found none named " + missing);
        }
        System.err.println("OrtApi: " + slot + " slots, " + wanted.size() + " kept");
        return String.join("\n", lines);
    }

    private static void addGap(List<String> lines, int first, int end) {
        if (first >= 0) {
            lines.add("  void* reserved_" + first + "_" + (end - 1) + "[" + (end - first) + "];");
        }
    }

    private static String slotName(String declaration) {
        Matcher matcher = SLOT_NAME.matcher(declaration);
        if (!matcher.find()) {
            throw new IllegalStateException(
                    "struct OrtApi: expected a function pointer, found `" + declaration.strip() + "`");
        }
        if (matcher.group(3) != null) {
            return "Release" + matcher.group(3);
        }
        for (int group : new int[] {1, 2, 4}) {
            if (matcher.group(group) != null) {
                return matcher.group(group);
            }
        }
        throw new AssertionError();
    }
}
