package dev.zoetrope.server.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a file that a client asks for (RFC 9110, section 14).
 *
 * @param first first byte, from 0
 * @param last last byte, itself included
 */
record ByteRange(long first, long last) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    long length() {
        return last - first + 1;
    }

    /**
     * Reads a {@code Range} header.
     *
     * @return nothing for what may be ignored: other units, several ranges, nonsense
     * @throws ApiException with 416 when nothing of the file is in the range
     */
    static Optional<ByteRange> parse(String header, long size) {
        Matcher matcher = ONE.matcher(header.strip());
        if (!matcher.matches()
                || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return Optional.empty();
        }
        long first;
        long last = size - 1;
        if (matcher.group(1).isEmpty()) {
            long count = Long.parseLong(matcher.group(2));
            first = count == 0 ? size : Math.max(0, size - count);
        } else {
            first = Long.parseLong(matcher.group(1));
            if (!matcher.group(2).isEmpty()) {
                last = Long.parseLong(matcher.group(2));
                if (last < first) {
                    return Optional.empty();
                }
                last = Math.min(last, size - 1);
            }
        }
        if (first >= size) {
            throw new ApiException(
                    416,
                    null,
                    "range_not_satisfiable",
                    "Range: expected one that begins before byte " + size + ", found '" + header.strip() + "'");
        }
        return Optional.of(new ByteRange(first, last));
    }
}
