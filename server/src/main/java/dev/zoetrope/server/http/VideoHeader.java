package dev.zoetrope.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Says whether an uploaded file is a video by its first bytes, before a decoder sees it: FFmpeg opens hundreds of formats,
 * and names and types that a client sends mean nothing. How large and long it is, is asked when it is opened; what an MP4's
 * tables list, before that.
 */
final class VideoHeader {
    private static final int HEAD_BYTES = 12;
    private static final String MATROSKA = "\u001aE\u00df\u00a3";

    /** What may come first in an MP4 or QuickTime file (ISO/IEC 14496-12; QuickTime's older files have no type). */
    private static final Set<String> FIRST_BOXES = Set.of("ftyp", "moov", "mdat", "wide", "free", "skip");

    private VideoHeader() {}

    /**
     * Refuses what is no video of the kinds that are taken.
     *
     * @param field whose video it is
     */
    static void check(String field, Path file) throws IOException {
        try (InputStream input = Files.newInputStream(file)) {
            String head = new String(input.readNBytes(HEAD_BYTES), StandardCharsets.ISO_8859_1);
            if (!isVideo(head)) {
                throw ApiException.unfit(
                        field,
                        field + ": expected an MP4, MOV, WebM, Matroska or GIF video, found another kind of file");
            }
            if (isMp4(head)) {
                SampleTables.check(field, file);
            }
        }
    }

    private static boolean isVideo(String head) {
        if (head.startsWith(MATROSKA) || head.startsWith("GIF87a") || head.startsWith("GIF89a")) {
            return true;
        }
        return isMp4(head);
    }

    private static boolean isMp4(String head) {
        return head.length() >= 8 && FIRST_BOXES.contains(head.substring(4, 8));
    }
}
