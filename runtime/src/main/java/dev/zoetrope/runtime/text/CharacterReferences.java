package dev.zoetrope.runtime.text;

import java.util.Locale;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Entities;

/**
 * HTML character references turned into characters, by the rules of HTML 5 (the section "Numeric character reference end state" of
 * the parsing chapter), as Python's {@code html.unescape} and ftfy's {@code unescape_html} apply them. The names are jsoup's.
 */
final class CharacterReferences {
    private static final Pattern LENIENT =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
    private static final Pattern STRICT = Pattern.compile("&(#?[0-9A-Za-z]{1,24};)");

    /** What 0x80 to 0x9f mean in windows-1252; 0 where nothing, which leaves the control character. */
    private static final char[] WINDOWS = {
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
        0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
        0x0178
    };

    private CharacterReferences() {}

    /** Replaces every reference, also names that end without a semicolon where HTML knows them so. */
    static String replaceAll(String text) {
        return replace(LENIENT, text, reference -> {
            String body = reference.group(1);
            return body.startsWith("#") ? numbered(body) : named(body);
        });
    }

    /** Replaces those that end with a semicolon, names written all in capitals included; leaves the others as they are. */
    static String replaceCertain(String text) {
        return replace(STRICT, text, reference -> {
            String body = reference.group(1);
            String whole = reference.group();
            if (body.startsWith("#")) {
                boolean isNumber = LENIENT.matcher(whole).matches();
                return isNumber ? numbered(body) : whole;
            }
            String name = body.substring(0, body.length() - 1);
            String characters = Entities.getByName(name);
            return characters.isEmpty() ? shouted(name, whole) : characters;
        });
    }

    /** People write names all in capitals; HTML knows the small form only. */
    private static String shouted(String name, String whole) {
        String small = name.toLowerCase(Locale.ROOT);
        String characters = Entities.getByName(small);
        boolean isShouted =
                !characters.isEmpty() && small.toUpperCase(Locale.ROOT).equals(name);
        return isShouted && replaceAll(whole).equals(whole) ? characters.toUpperCase(Locale.ROOT) : whole;
    }

    /** The character of windows-1252 that a C1 control character stands for in the wild. */
    static char windowsCharacter(char control) {
        char meant = WINDOWS[control - 0x80];
        return meant == 0 ? control : meant;
    }

    private static String numbered(String body) {
        boolean hexadecimal = body.charAt(1) == 'x' || body.charAt(1) == 'X';
        String digits = body.substring(hexadecimal ? 2 : 1).replace(";", "");
        String significant = digits.replaceFirst("^0+(?=.)", "");
        int point = significant.length() > 8
                ? Integer.MAX_VALUE
                : Integer.parseUnsignedInt(significant, hexadecimal ? 16 : 10);
        if (point == 0 || point < 0 || point > Character.MAX_CODE_POINT || isSurrogate(point)) {
            return "\uFFFD";
        }
        if (point == '\r') {
            return "\r";
        }
        if (point >= 0x80 && point <= 0x9f) {
            return String.valueOf(windowsCharacter((char) point));
        }
        return isNoCharacter(point) ? "" : Character.toString(point);
    }

    private static boolean isSurrogate(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }

    private static boolean isNoCharacter(int point) {
        return (point < 0x20 && point != '\t' && point != '\n' && point != '\f')
                || point == 0x7f
                || (point >= 0xfdd0 && point <= 0xfdef)
                || (point & 0xfffe) == 0xfffe;
    }

    private static String named(String body) {
        String exact = characters(body);
        if (!exact.isEmpty()) {
            return exact;
        }
        for (int end = body.length() - 1; end > 1; end--) {
            String known = characters(body.substring(0, end));
            if (!known.isEmpty()) {
                return known + body.substring(end);
            }
        }
        return "&" + body;
    }

    /** What a name stands for, with its semicolon or, where HTML allows, without; empty for none. */
    private static String characters(String name) {
        if (name.endsWith(";")) {
            return Entities.getByName(name.substring(0, name.length() - 1));
        }
        return Entities.isBaseNamedEntity(name) ? Entities.getByName(name) : "";
    }

    private static String replace(Pattern pattern, String text, Function<MatchResult, String> replacement) {
        if (text.indexOf('&') < 0) {
            return text;
        }
        return pattern.matcher(text).replaceAll(match -> Matcher.quoteReplacement(replacement.apply(match)));
    }
}
