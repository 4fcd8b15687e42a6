package dev.zoetrope.runtime.text;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Tidies a prompt as diffusers' Wan pipelines do before they tokenize it: ftfy's {@code fix_text}, HTML character references twice,
 * whitespace. Of ftfy 6.3.1 all is here but one: text that was decoded in a wrong encoding ({@code "cafÃ©"}) stays as it is.
 */
public final class PromptCleaning {
    /** What Python takes for whitespace. */
    private static final String SPACE =
            "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";

    private static final Pattern SPACES = Pattern.compile(SPACE);
    private static final Pattern OUTER_SPACES = Pattern.compile("^" + SPACE + "|" + SPACE + "\\z");
    private static final Pattern LINE_BREAKS = Pattern.compile("\\r\\n|[\\r\\u2028\\u2029\\x85]");
    private static final Pattern LINE_ENDS = Pattern.compile("(?<=\\n)");
    private static final Pattern TERMINAL_COLOURS = Pattern.compile("\\x1b\\[[\\d;]*[a-zA-Z]");
    private static final Pattern CONTROLS =
            Pattern.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\\u206a-\\u206f\\ufeff\\ufff9-\\ufffc]");
    private static final Pattern WINDOWS_CONTROLS = Pattern.compile("[\\x80-\\x9f]");
    private static final Pattern SINGLE_QUOTES = Pattern.compile("[\\u02bc\\u2018-\\u201b]");
    private static final Pattern DOUBLE_QUOTES = Pattern.compile("[\\u201c-\\u201f]");

    /** Letters that stand for two: for print or old encodings. æ and œ are letters of their own. */
    private static final Map<Character, String> LIGATURES = Map.ofEntries(
            Map.entry('\u0132', "IJ"),
            Map.entry('\u0133', "ij"),
            Map.entry('\u0149', "\u02bcn"),
            Map.entry('\u01f1', "DZ"),
            Map.entry('\u01f2', "Dz"),
            Map.entry('\u01f3', "dz"),
            Map.entry('\u01c4', "D\u017d"),
            Map.entry('\u01c5', "D\u017e"),
            Map.entry('\u01c6', "d\u017e"),
            Map.entry('\u01c7', "LJ"),
            Map.entry('\u01c8', "Lj"),
            Map.entry('\u01c9', "lj"),
            Map.entry('\u01ca', "NJ"),
            Map.entry('\u01cb', "Nj"),
            Map.entry('\u01cc', "nj"),
            Map.entry('\ufb00', "ff"),
            Map.entry('\ufb01', "fi"),
            Map.entry('\ufb02', "fl"),
            Map.entry('\ufb03', "ffi"),
            Map.entry('\ufb04', "ffl"),
            Map.entry('\ufb05', "\u017ft"),
            Map.entry('\ufb06', "st"));

    private PromptCleaning() {}

    /** The prompt as the tokenizer is to see it. */
    public static String clean(String prompt) {
        String fixed = stripped(CharacterReferences.replaceAll(CharacterReferences.replaceAll(fixed(prompt))));
        return stripped(SPACES.matcher(fixed).replaceAll(" "));
    }

    private static String stripped(String text) {
        return OUTER_SPACES.matcher(text).replaceAll("");
    }

    /** Line by line. A {@code <} says that from there on the text is HTML, which is left as it is. */
    private static String fixed(String text) {
        StringBuilder result = new StringBuilder();
        boolean isHtml = false;
        for (String line : LINE_ENDS.split(text, -1)) {
            isHtml |= line.indexOf('<') >= 0;
            result.append(fixedLine(line, isHtml));
        }
        return result.toString();
    }

    private static String fixedLine(String line, boolean isHtml) {
        String before = line;
        while (true) {
            String text = isHtml ? before : CharacterReferences.replaceCertain(before);
            text = WINDOWS_CONTROLS
                    .matcher(text)
                    .replaceAll(match -> String.valueOf(
                            CharacterReferences.windowsCharacter(match.group().charAt(0))));
            text = usualWidth(withoutLigatures(text));
            text = SINGLE_QUOTES
                    .matcher(DOUBLE_QUOTES.matcher(text).replaceAll("\""))
                    .replaceAll("'");
            text = wellFormed(LINE_BREAKS.matcher(text).replaceAll("\n"));
            text = CONTROLS.matcher(TERMINAL_COLOURS.matcher(text).replaceAll(""))
                    .replaceAll("");
            text = Normalizer.normalize(text, Normalizer.Form.NFC);
            if (text.equals(before)) {
                return text;
            }
            before = text; // what came out may be a reference or a ligature again
        }
    }

    private static String withoutLigatures(String text) {
        StringBuilder result = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            String letters = LIGATURES.get(letter);
            if (letters == null) {
                result.append(letter);
            } else {
                result.append(letters);
            }
        }
        return result.toString();
    }

    /** Full-width Latin and half-width Asian letters in their usual width. */
    private static String usualWidth(String text) {
        StringBuilder result = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == '\u3000') {
                result.append(' ');
            } else if (letter >= '\uff01' && letter < '\ufff0') {
                result.append(Normalizer.normalize(String.valueOf(letter), Normalizer.Form.NFKC));
            } else {
                result.append(letter);
            }
        }
        return result.toString();
    }

    /** Half of a surrogate pair is no character. */
    static String wellFormed(String text) {
        StringBuilder fixed = new StringBuilder(text.length());
        text.codePoints()
                .map(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? '\uFFFD' : point)
                .forEach(fixed::appendCodePoint);
        return fixed.toString();
    }
}
