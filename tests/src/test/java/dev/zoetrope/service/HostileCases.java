package dev.zoetrope.service;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Requests that nobody should send, all of them different, the same for the same seed. */
final class HostileCases {
    /** What a file is called that must not appear anywhere. */
    static final String ESCAPE = "zoetrope-escape";

    /** A header that must not appear in any answer. */
    static final String INJECTED = "x-injected";

    /** How many there are. */
    static final int COUNT = 1900;

    private static final String BOUNDARY = "part-of-a-form";
    private static final String NO_ID = "video_00000000000000000000000000000000";
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private final Random random;
    private final List<Case> cases = new ArrayList<>();
    private final Set<ByteBuffer> seen = new HashSet<>();

    /**
     * One request.
     *
     * @param family what it is an example of
     * @param mayClose whether the connection may be closed without an answer: what is sent is no HTTP, or more than is read
     */
    @SuppressWarnings("ArrayRecordComponent") // the bytes of a request; nobody compares cases
    record Case(String family, byte[] request, boolean mayClose) {
        @Override
        public String toString() {
            String text = new String(request, StandardCharsets.ISO_8859_1);
            return family + ": "
                    + text.substring(0, Math.min(600, text.length())).replaceAll("[^\\x20-\\x7e]", ".");
        }
    }

    private HostileCases(long seed) {
        this.random = new Random(seed);
    }

    /** All of them, in an order of their own. */
    static List<Case> of(long seed) {
        HostileCases hostile = new HostileCases(seed);
        hostile.pictures();
        hostile.clips();
        hostile.edits();
        hostile.images();
        hostile.paths();
        hostile.headers();
        hostile.json();
        hostile.forms();
        hostile.http();
        hostile.addresses();
        hostile.bombs();
        hostile.queries();
        Collections.shuffle(hostile.cases, hostile.random);
        return hostile.cases;
    }

    /** Adds so many of a kind; one that was there already is made again. */
    private void family(String name, int count, boolean mayClose, Supplier<byte[]> maker) {
        int added = 0;
        for (int attempt = 0; added < count && attempt < 100 * count; attempt++) {
            byte[] request = maker.get();
            if (seen.add(ByteBuffer.wrap(request))) {
                cases.add(new Case(name, request, mayClose));
                added++;
            }
        }
        if (added < count) {
            throw new IllegalStateException(name + ": expected " + count + " different cases, found " + added);
        }
    }

    private void pictures() {
        family(
                "PNG that promises more pixels than there is memory",
                50,
                false,
                () -> upload(pngHeader(
                        20_000 + random.nextInt(Integer.MAX_VALUE - 20_000), 20_000 + random.nextInt(80_001))));
        family("PNG of 100,000 x 100,000", 10, false, () -> upload(pngHeader(100_000, 100_000)));
        family("JPEG of 65,535 x 65,535", 30, false, () -> upload(jpegHeader()));
        family("WebP of 16 million pixels a side", 30, false, () -> upload(webpHeader()));
        family(
                "PNG without a side",
                20,
                false,
                () -> upload(pngHeader(random.nextInt(2) * -random.nextInt(1 << 30), 0)));
        family(
                "picture that breaks off",
                50,
                false,
                () -> upload(Arrays.copyOf(pngHeader(64, 64), 4 + random.nextInt(40))));
        family("picture with nonsense behind its first bytes", 60, false, () -> upload(nonsensePicture()));
        family("other file", 50, false, () -> upload(concat(magic(), bytes(random.nextInt(400)))));
        family(
                "other file with a picture behind it",
                30,
                false,
                () -> upload(concat(magic(), bytes(random.nextInt(30)), pngHeader(64, 64))));
        family(
                "empty file or blanks",
                5,
                false,
                () -> upload(" ".repeat(random.nextInt(40)).getBytes(StandardCharsets.US_ASCII)));
    }

    private void clips() {
        family(
                "MP4 of more pixels than a decoder may hold",
                30,
                false,
                () -> clip(HostileClips.mp4(10_000 + random.nextInt(55_000), 2_000 + random.nextInt(60_000), 1, 40)));
        family("MP4 of 65,535 x 65,535", 5, false, () -> clip(HostileClips.mp4(65_535, 65_535, 1, 40)));
        family(
                "MP4 that lists more frames than there are bytes",
                25,
                false,
                () -> clip(HostileClips.mp4(64, 64, 1_000_000 + random.nextInt(Integer.MAX_VALUE - 1_000_000), 0)));
        family(
                "MP4 that lists 80 million frames",
                5,
                false,
                () -> clip(HostileClips.mp4(64, 64, 80_000_000 + random.nextInt(1_000_000), 1)));
        family(
                "MP4 of hours",
                20,
                false,
                () -> clip(HostileClips.mp4(64, 64, 1, 3_600_000 * (1 + random.nextInt(500)))));
        family(
                "MP4 whose frame is none",
                10,
                false,
                () -> clip(HostileClips.mp4(16 + random.nextInt(1000), 64, 1, 40)));
        family(
                "WebM of 100,000 x 100,000",
                10,
                false,
                () -> clip(HostileClips.webm(100_000, 100_000, 1 + random.nextInt(100))));
        family(
                "WebM of hours",
                10,
                false,
                () -> clip(HostileClips.webm(64, 64, 3600.0 * (1 + random.nextInt(100_000)))));
        family(
                "GIF of more pixels than a decoder may hold",
                20,
                false,
                () -> clip(HostileClips.gif(20_000 + random.nextInt(45_536), 20_000 + random.nextInt(45_536), 2, 4)));
        family("GIF of hours", 10, false, () -> clip(HostileClips.gif(16, 16, 100 + random.nextInt(1000), 65_535)));
        family("WebP of 16 million pixels a side, for a video", 10, false, () -> clip(webpHeader()));
        family(
                "clip that breaks off",
                20,
                false,
                () -> clip(Arrays.copyOf(HostileClips.mp4(64, 64, 1, 40), 12 + random.nextInt(500))));
        family(
                "clip of nonsense",
                20,
                false,
                () -> clip(concat(
                        pick(List.of(ascii("\0\0\0 ftypisom"), ascii("\0\0\0 moov"), ascii("GIF89a"), new byte[] {
                            0x1A, 0x45, (byte) 0xDF, (byte) 0xA3
                        })),
                        bytes(20 + random.nextInt(400)))));
        family(
                "mask of more pixels than there is memory",
                15,
                false,
                () -> form(
                        "/v1/videos/edits",
                        text("prompt", "x")
                                + file("video", "a.gif", HostileClips.gif(16, 16, 2, 4))
                                + file("mask", "m.png", pngHeader(100_000, 20_000 + random.nextInt(80_001)))));
    }

    /** One that brings a hostile clip to any of the routes that take one. */
    private byte[] clip(byte[] clip) {
        String video = file("video", "a.mp4", clip);
        return switch (random.nextInt(5)) {
            case 0 -> form("/v1/videos/edits", text("prompt", "x") + video);
            case 1 -> form("/v1/videos/extensions", text("seconds", "1") + text("prompt", "x") + video);
            case 2 -> form("/v1/videos/loops", text("prompt", "x") + video);
            case 3 -> form("/v1/videos/connections", text("prompt", "x") + video + file("second_video", "b.mp4", clip));
            default -> form("/v1/videos/interpolations", text("prompt", "x") + video);
        };
    }

    private void edits() {
        List<String> routes = List.of("edits", "extensions", "loops", "connections", "interpolations");
        List<String> videos = List.of(
                "\"" + NO_ID + "\"",
                "{\"id\":\"../" + ESCAPE + "\"}",
                "{\"id\":\"" + NO_ID + "\\u0000\"}",
                "{\"id\":[]}",
                "{\"url\":\"file:///etc/passwd\"}",
                "[]",
                "null",
                "{}");
        family(
                "video of another one that is named wrongly",
                40,
                false,
                () -> json(
                        "/v1/videos/" + pick(routes),
                        "{\"prompt\":\"" + hex(2) + "\",\"seconds\":1,\"video\":" + pick(videos) + "}"));
        family(
                "video of one that is not there",
                15,
                false,
                () -> json(
                        "/v1/videos/" + pick(List.of("edits", "loops", "interpolations")),
                        "{\"prompt\":\"x\",\"video\":{\"id\":\"video_" + hex(32) + "\"}}"));
        family(
                "remix of what is not there",
                15,
                false,
                () -> json(
                        "/v1/videos/" + pick(List.of("video_" + hex(32), "..%2f" + ESCAPE + hex(2))) + "/remix",
                        "{\"prompt\":\"x\"}"));
        family(
                "remix of another type",
                15,
                false,
                () -> json(
                        "/v1/videos/" + NO_ID + "/" + pick(List.of("remix", "rerender")),
                        pick(List.of("{\"prompt\":", "{\"seed\":", "{\"video\":"))
                                + pick(List.of("[]", "{}", "1.5", "true")) + ",\"x\":\"" + hex(2) + "\"}"));
    }

    private void images() {
        family(
                "pictures of a wrong number or type",
                30,
                false,
                () -> json(
                        "/v1/images/generations",
                        "{\"prompt\":\"" + hex(3) + "\",\""
                                + pick(List.of("n", "size", "output_format", "partial_images", "stream", "seed"))
                                + "\":" + pick(List.of("-1.5", "1e300", "[]", "{}", "\"..\"", "99999999999999999999"))
                                + "}"));
        family(
                "pictures of more than there is room for",
                10,
                false,
                () -> json(
                        "/v1/images/generations",
                        "{\"prompt\":\"" + hex(3) + "\",\"size\":\"100000x100000\",\"n\":10}"));
    }

    private void paths() {
        List<String> climbs = List.of(
                "..%2f", "..%5c", "%2e%2e%2f", "..%252f", "....%2f%2f", "%c0%ae%c0%ae%2f", "..;%2f", "%00..%2f");
        List<String> methods = List.of("GET", "DELETE", "HEAD");
        List<String> ends = List.of("", "/content", "/stream", "/events", "/preview");
        family(
                "path that climbs",
                60,
                false,
                () -> head(
                        pick(methods),
                        "/v1/videos/" + pick(climbs).repeat(1 + random.nextInt(6))
                                + pick(List.of("etc%2fpasswd", ESCAPE, "data", "zoetrope.mv.db")) + pick(ends)));
        family(
                "id that is none",
                40,
                false,
                () -> head(
                        pick(methods),
                        "/v1/videos/" + pick(List.of("video_", "VIDEO_", "video%5f", "")) + hex(random.nextInt(1, 80))
                                + pick(List.of("g", "%00", "'--", "%0d%0a", "*", "~")) + pick(ends)));
        family(
                "file name that climbs",
                30,
                false,
                () -> form(file(
                        "input_reference",
                        pick(List.of("../", "..\\\\", "/tmp/", "C:\\\\", "file:///"))
                                        .repeat(1 + random.nextInt(4)) + ESCAPE + random.nextInt(1000) + ".png",
                        bytes(20))));
        family(
                "field name that climbs",
                20,
                false,
                () -> form(text("prompt", "x")
                        + text("../".repeat(1 + random.nextInt(5)) + ESCAPE + random.nextInt(100), "y")));
    }

    private void headers() {
        family(
                "address with line breaks in it",
                30,
                false,
                () -> head(
                        "GET",
                        "/v1/videos/x%0d%0a" + INJECTED + ":%20" + random.nextInt(1000) + "%0d%0a%0d%0a" + hex(4)));
        family(
                "request id with line breaks in it",
                20,
                true,
                () -> concat(ascii("GET /v1/videos/" + NO_ID + " HTTP/1.1\r\nHost: localhost\r\nx-request-id: a"
                        + pick(List.of("\r", "\n", "\0", "\u000b")) + INJECTED + ": " + random.nextInt(1000)
                        + "\r\n\r\n")));
        family(
                "field value that would be a header",
                20,
                false,
                () -> json("{\"prompt\":\"x\",\"model\":\"a\\r\\n" + INJECTED + ": " + random.nextInt(1000) + "\"}"));
        family(
                "headers without an end",
                10,
                true,
                () -> concat(
                        ascii("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Large: "),
                        ascii("x".repeat(20_000 + random.nextInt(20_000))),
                        ascii("\r\n\r\n")));
        family("headers without number", 10, true, () -> {
            StringBuilder many = new StringBuilder("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n");
            int count = 2000 + random.nextInt(500);
            for (int header = 0; header < count; header++) {
                many.append("x-many-").append(header).append(": y\r\n");
            }
            return ascii(many.append("\r\n").toString());
        });
    }

    private void json() {
        List<String> fields = List.of(
                "prompt",
                "model",
                "seconds",
                "size",
                "input_reference",
                "width",
                "height",
                "num_frames",
                "fps",
                "num_inference_steps",
                "guidance_scale",
                "negative_prompt",
                "seed",
                "priority");
        List<String> wrong = List.of(
                "[]",
                "{}",
                "[1,2]",
                "{\"a\":1}",
                "true",
                "false",
                "-1",
                "-1.5",
                "1e300",
                "99999999999999999999999999",
                "\"\\u0000\"",
                "[[]]",
                "{\"image_url\":5}",
                "{\"$ref\":\"x\"}",
                "[null]",
                "1e400",
                "-1e400",
                "\"\\u0000x\"");
        family("value of a wrong type", 200, false, () -> {
            String field = pick(fields);
            String value = pick(wrong);
            return json((field.equals("prompt") ? "{" : "{\"prompt\":\"x\",") + "\"" + field + "\":"
                    + (field.equals("seed") && value.equals("-1") ? "-0.5" : value) + "}"
                    + " ".repeat(random.nextInt(3)));
        });
        family(
                "number that is none",
                30,
                false,
                () -> json("{\"prompt\":\"x\",\"" + pick(List.of("seed", "fps", "width", "num_frames")) + "\":"
                        + pick(List.of(
                                "NaN",
                                "Infinity",
                                "-Infinity",
                                "0x10",
                                "1e",
                                "01",
                                "+1",
                                "1_000",
                                ".5",
                                "1e999999999999"))
                        + "}"));
        family(
                "field that is unknown",
                20,
                false,
                () -> json("{\"prompt\":\"x\",\"" + hex(1 + random.nextInt(30)) + "x\":1}"));
        family("key twice", 20, false, () -> {
            String field = pick(fields);
            return json("{\"prompt\":\"x\",\"" + field + "\":\"a\",\"" + field + "\":" + random.nextInt(1000) + "}");
        });
        family(
                "deep nesting",
                15,
                false,
                () -> json("{\"prompt\":" + pick(List.of("[", "{\"a\":")).repeat(2000 + random.nextInt(50_000))));
        family(
                "huge JSON",
                5,
                true,
                () -> json("{\"prompt\":\"" + "x".repeat((1 << 20) + random.nextInt(1 << 20)) + "\"}"));
        family("many keys", 5, false, () -> {
            StringBuilder many = new StringBuilder("{\"prompt\":\"x\"");
            int count = 20_000 + random.nextInt(1000);
            for (int key = 0; key < count; key++) {
                many.append(",\"k").append(key).append("\":0");
            }
            return json(many.append('}').toString());
        });
        family(
                "broken UTF-8",
                20,
                false,
                () -> request(
                        "POST",
                        "/v1/videos",
                        "application/json",
                        concat(
                                ascii("{\"prompt\":\"x"),
                                pick(List.of(
                                        new byte[] {(byte) 0xC0, (byte) 0xAF},
                                        new byte[] {(byte) 0xFF},
                                        new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                                        new byte[] {(byte) 0xF8, (byte) 0x88},
                                        new byte[] {(byte) 0xE2, (byte) 0x28, (byte) 0xA1})),
                                ascii(hex(3) + "\"}"))));
        family(
                "UTF-8 that breaks off in JSON",
                10,
                false,
                () -> request(
                        "POST",
                        "/v1/videos",
                        "application/json",
                        concat(
                                ascii("{\"prompt\":\"x\",\"seed\":" + random.nextInt(10_000) + "}"),
                                pick(List.of(
                                        new byte[] {(byte) 0xE2, (byte) 0x82},
                                        new byte[] {(byte) 0xF0},
                                        new byte[] {(byte) 0xC3})))));
        family(
                "broken UTF-8 in a form",
                10,
                false,
                () -> form(text("prompt", hex(3) + pick(List.of("\u00c3", "\u00ff", "\u00e2\u0082")))));
        family(
                "JSON that breaks off",
                20,
                false,
                () -> json("{\"prompt\":\"a red ball\",\"seed\":1".substring(0, 1 + random.nextInt(30)) + hex(2)));
        family(
                "more behind the JSON",
                15,
                false,
                () -> json("{\"prompt\":\"x\"}" + pick(List.of("x", "{}", "]", ",", "\0")) + hex(2)));
        family(
                "no object",
                15,
                false,
                () -> json(pick(List.of(
                        "null",
                        "true",
                        "" + random.nextInt(),
                        "\"" + hex(5) + "\"",
                        "[" + random.nextInt(100) + "]"))));
        family("null byte", 10, false, () -> json("{\"prompt\":\"" + hex(3) + "\\u0000\"}"));
    }

    private void forms() {
        family(
                "form without its boundary",
                20,
                false,
                () -> request(
                        "POST",
                        "/v1/videos",
                        "multipart/form-data"
                                + pick(List.of("", ";", "; boundary", "; boundary=", "; charset=" + hex(3))),
                        ascii(text("prompt", hex(4)))));
        family(
                "form with another boundary",
                15,
                false,
                () -> request(
                        "POST", "/v1/videos", "multipart/form-data; boundary=" + hex(8), ascii(text("prompt", "x"))));
        family(
                "form that breaks off",
                15,
                false,
                () -> request(
                        "POST",
                        "/v1/videos",
                        "multipart/form-data; boundary=" + BOUNDARY,
                        Arrays.copyOf(ascii(text("seed", "1" + hex(6))), 10 + random.nextInt(60))));
        family(
                "part without a name",
                15,
                false,
                () -> form("--" + BOUNDARY + "\r\nContent-Disposition: "
                        + pick(List.of(
                                "form-data",
                                "form-data; name=\"\"",
                                "attachment",
                                "form-data; name",
                                "inline; name=\"" + hex(3) + "\"",
                                ""))
                        + "\r\n\r\n" + hex(3) + "\r\n"));
        family("field twice", 10, false, () -> form(text("prompt", "x") + text("prompt", hex(3))));
        family("more fields than there are", 10, true, () -> {
            StringBuilder many = new StringBuilder();
            int count = 100 + random.nextInt(4000);
            for (int field = 0; field < count; field++) {
                many.append(text("f" + field, "y"));
            }
            return form(many.toString());
        });
        family("more files than there are", 10, true, () -> {
            StringBuilder many = new StringBuilder();
            int count = 10 + random.nextInt(200);
            for (int file = 0; file < count; file++) {
                many.append(file("f" + file, "f", new byte[] {1}));
            }
            return form(many.toString());
        });
        family(
                "text for a number",
                20,
                false,
                () -> form(text("prompt", "x")
                        + text(
                                pick(List.of("seed", "fps", "width", "num_frames", "guidance_scale")),
                                pick(List.of("NaN", "x", "1e999999999", "--1", "0x1", "\u0661")) + hex(2) + "z")));
        family(
                "form in a form",
                5,
                false,
                () -> form("--" + BOUNDARY
                        + "\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Type: multipart/mixed; boundary=in"
                        + hex(2) + "\r\n\r\n--in\r\n\r\nx\r\n--in--\r\n"));
        family(
                "file where a text belongs",
                10,
                false,
                () -> form(file(pick(List.of("prompt", "seed", "size")), "f" + hex(2), bytes(9))));
        family("form with a long name", 5, true, () -> form(text("x".repeat(5_000 + random.nextInt(50_000)), "y")));
        family(
                "body of another kind",
                10,
                false,
                () -> request(
                        "POST",
                        "/v1/videos",
                        pick(List.of(
                                "text/plain",
                                "application/xml",
                                "text/html",
                                "application/x-zip",
                                "application/" + hex(4))),
                        ascii("{\"prompt\":\"x\"}")));
    }

    private void http() {
        family(
                "method that is not there",
                25,
                true,
                () -> head(
                        pick(List.of("PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "X" + hex(3), "get")),
                        pick(List.of(
                                "/v1/videos", "/v1/models", "/v1/videos/" + NO_ID, "/health/live", "/openapi.json"))));
        family(
                "address that is not there",
                15,
                false,
                () -> head("GET", pick(List.of("/v1/", "/v2/videos/", "/.git/", "/v1/admin/")) + hex(3)));
        family(
                "length that is none",
                15,
                true,
                () -> ascii(
                        "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                + pick(List.of("-1", "+5", "0x10", "five", "1, 2", "99999999999999999999", "1e3", ""))
                                + hex(1) + "g\r\n\r\n{}"));
        family(
                "two lengths",
                10,
                true,
                () -> ascii(
                        "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: "
                                + (3 + random.nextInt(100)) + "\r\n\r\n{}"));
        family(
                "length and chunks at once",
                15,
                true,
                () -> ascii(
                        "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                + (4 + random.nextInt(50))
                                + "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /v1/videos/" + NO_ID
                                + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        family(
                "transfer encoding that is none",
                15,
                true,
                () -> ascii(
                        "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                                + pick(List.of(
                                        "xchunked",
                                        "chunked, identity",
                                        "identity",
                                        "gzip",
                                        "\tchunked",
                                        "chunked\r\nTransfer-Encoding: x"))
                                + hex(2) + "\r\n\r\n{}"));
        family(
                "chunk that is none",
                20,
                true,
                () -> ascii(
                        "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + pick(List.of(
                                        "zz",
                                        "-1",
                                        "fffffffffffffffff",
                                        "0x2",
                                        "2;" + "x".repeat(9000),
                                        "7fffffffffffffff",
                                        ""))
                                + hex(1) + "q\r\n{}\r\n0\r\n\r\n"));
        family(
                "body that is said to be huge",
                10,
                true,
                () -> request(
                        "POST",
                        "/v1/videos",
                        pick(List.of("application/json", "multipart/form-data; boundary=" + BOUNDARY)),
                        new byte[0],
                        (40L << 20) + random.nextLong(1L << 40)));
        family(
                "no HTTP at all",
                25,
                true,
                () -> concat(
                        pick(List.of(
                                ascii("SSH-2.0-OpenSSH_9.0\r\n"),
                                new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1},
                                ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                                ascii("GET /v1/videos\r\n"),
                                ascii("GET /v1/videos HTTP/9.9\r\n"),
                                ascii("\r\n\r\n\r\n"),
                                ascii("HELO x\r\n"))),
                        bytes(1 + random.nextInt(60)),
                        ascii("\r\n\r\n")));
        family(
                "handshake of no WebSocket",
                15,
                false,
                () -> ascii("GET /v1/videos/" + NO_ID.substring(0, 30) + hex(8)
                        + "/events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + pick(List.of(
                                "",
                                "Sec-WebSocket-Version: 1\r\n",
                                "Sec-WebSocket-Key: x\r\n",
                                "Sec-WebSocket-Version: 13\r\n"))
                        + "\r\n"));
        family(
                "another name than this machine's",
                10,
                false,
                () -> ascii("GET /v1/videos HTTP/1.1\r\nHost: " + hex(4) + ".example\r\n\r\n"));
    }

    private void addresses() {
        List<String> inside = List.of(
                "http://169.254.169.254/latest/meta-data/",
                "http://127.0.0.1:22/",
                "http://[::1]/",
                "http://localhost/",
                "http://0/",
                "http://2130706433/",
                "file:///etc/passwd",
                "gopher://127.0.0.1/",
                "ftp://127.0.0.1/",
                "jar:file:///x!/",
                "https://example.com/",
                "//127.0.0.1/",
                "ldap://127.0.0.1/",
                "dict://127.0.0.1/",
                "data:");
        family(
                "address of what only the server reaches, in JSON",
                30,
                false,
                () -> json("{\"prompt\":\"x\",\"input_reference\":{\"image_url\":\"" + pick(inside) + hex(2) + "\"}}"));
        family(
                "address of what only the server reaches, in a form",
                20,
                false,
                () -> form(text("prompt", "x") + text("input_reference[image_url]", pick(inside) + hex(2))));
        List<String> buckets = List.of("s3://clips/made/", "s3://../", "/made/video_", "arn:aws:s3:::clips/");
        family(
                "key of a bucket for a picture or a clip",
                20,
                false,
                () -> random.nextBoolean()
                        ? json("{\"prompt\":\"x\",\"input_reference\":{\"image_url\":\"" + pick(buckets) + hex(3)
                                + "\"}}")
                        : json(
                                "/v1/videos/edits",
                                "{\"prompt\":\"x\",\"video\":{\"id\":\"" + pick(buckets) + hex(3) + "\"}}"));
        family(
                "key of a bucket for an id",
                15,
                false,
                () -> head(
                        "GET",
                        "/v1/videos/" + pick(List.of("made%2fvideo_", "s3:%2f%2fclips%2f", "..%2fmade%2f")) + hex(4)
                                + pick(List.of("", "/content", "/content?variant=thumbnail", "/stream"))));
        family(
                "somebody's own address for a webhook",
                15,
                false,
                () -> json("{\"prompt\":\"x\",\"" + pick(List.of("webhook", "webhook_url", "callback_url", "notify"))
                        + "\":\"" + pick(inside) + hex(2) + "\"}"));
        family(
                "data address with nonsense",
                40,
                false,
                () -> json("{\"prompt\":\"x\",\"input_reference\":{\"image_url\":\""
                        + pick(List.of(
                                "data:image/png;base64,"
                                        + Base64.getEncoder().encodeToString(bytes(1 + random.nextInt(90))),
                                "data:image/png;base64,"
                                        + Base64.getEncoder()
                                                .encodeToString(pngHeader(90_000, 20_000 + random.nextInt(9999))),
                                "data:image/png;base64,%%%" + hex(2),
                                "data:image/png;base64,A" + hex(1) + "===",
                                "data:image/png," + hex(9),
                                "data:;base64",
                                "data:text/html,<script>" + hex(2)))
                        + "\"}}"));
    }

    /** What is small and would be large, unpacked. */
    private void bombs() {
        family(
                "JSON that is packed",
                15,
                false,
                () -> concat(
                        ascii(
                                "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: "
                                        + pick(List.of("gzip", "deflate", "x-gzip", "br", "gzip, gzip")) + "\r\n"),
                        framed(packed("{\"prompt\":\"" + hex(4), 20 << 20))));
        family(
                "form that is packed",
                10,
                false,
                () -> concat(
                        ascii(
                                "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary="
                                        + BOUNDARY + "\r\nContent-Encoding: gzip\r\n"),
                        framed(packed(text("prompt", hex(4)), 20 << 20))));
        family("archive for a picture", 15, false, () -> upload(archive()));
        family("archive for a clip", 15, false, () -> clip(archive()));
        family("PNG whose colour profile unpacks to 64 MiB", 10, false, () -> upload(pngWithProfile()));
    }

    /** The length of a body, the end of the head, and the body. */
    private static byte[] framed(byte[] body) {
        return concat(ascii("Content-Length: " + body.length + "\r\n\r\n"), body);
    }

    /** Something, and so many zeros behind it. */
    private static byte[] packed(String beginning, int zeros) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream packer = new GZIPOutputStream(bytes)) {
            packer.write(ascii(beginning));
            packer.write(new byte[zeros]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private byte[] archive() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream packer = new ZipOutputStream(bytes)) {
            packer.putNextEntry(new ZipEntry("../" + ESCAPE + hex(4)));
            packer.write(new byte[20 << 20]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private byte[] pngWithProfile() {
        ByteArrayOutputStream profile = new ByteArrayOutputStream();
        profile.writeBytes(ascii("icc" + hex(4) + "\0\0"));
        try (DeflaterOutputStream packer = new DeflaterOutputStream(profile)) {
            packer.write(new byte[64 << 20]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] picture = pngHeader(64, 64);
        int head = PNG.length + 25; // its IHDR with length and checksum
        byte[] chunk = concat(ascii("iCCP"), profile.toByteArray());
        CRC32 checksum = new CRC32();
        checksum.update(chunk);
        return concat(
                Arrays.copyOf(picture, head),
                ByteBuffer.allocate(4).putInt(profile.size()).array(),
                chunk,
                ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array(),
                Arrays.copyOfRange(picture, head, picture.length));
    }

    private void queries() {
        family(
                "parameter that is none",
                20,
                false,
                () -> head(
                        "GET",
                        "/v1/videos?"
                                + pick(List.of(
                                        "limit=-",
                                        "limit=1e9",
                                        "limit=0x",
                                        "limit=%00",
                                        "after=..%2f",
                                        "after=video_",
                                        "order=x",
                                        "limit=99",
                                        "x=",
                                        "limit=5&limit="))
                                + hex(3)));
        family(
                "broken percent",
                15,
                false,
                () -> head("GET", "/v1/videos?limit=%" + pick(List.of("zz", "1", "g0", "u00")) + hex(1) + "z"));
        family(
                "broken percent in the path",
                10,
                false,
                () -> head("GET", "/v1/videos/%" + pick(List.of("zz", "1", "g0", "u00")) + hex(2) + "z"));
        int rest = COUNT - cases.size();
        family(
                "parameter with many letters",
                rest,
                false,
                () -> head("GET", "/v1/videos?after=" + "x".repeat(1 + random.nextInt(3000)) + hex(2)));
    }

    private byte[] pngHeader(int widthPx, int heightPx) {
        ByteBuffer bytes = ByteBuffer.allocate(60);
        bytes.put(PNG)
                .putInt(13)
                .put(ascii("IHDR"))
                .putInt(widthPx)
                .putInt(heightPx)
                .put(new byte[] {8, 6, 0, 0, 0});
        bytes.putInt(random.nextInt()).putInt(15).put(ascii("IDAT")).put(bytes(15));
        return bytes.array();
    }

    private byte[] jpegHeader() {
        ByteBuffer bytes = ByteBuffer.allocate(60);
        bytes.put(new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) (0xC0 + random.nextInt(4)), 0, 17, 8});
        bytes.putShort((short) 0xFFFF).putShort((short) 0xFFFF).put((byte) 3).put(bytes(20));
        return bytes.array();
    }

    private byte[] webpHeader() {
        ByteBuffer bytes = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(ascii("RIFF")).putInt(52).put(ascii("WEBPVP8X")).putInt(10).putInt(random.nextInt(256));
        bytes.put(new byte[] {-1, -1, -1, -1, -1, -1}).put(bytes(20));
        return bytes.array();
    }

    private byte[] nonsensePicture() {
        return switch (random.nextInt(4)) {
            case 0 -> concat(PNG, bytes(random.nextInt(300)));
            case 1 -> concat(new byte[] {(byte) 0xFF, (byte) 0xD8}, bytes(random.nextInt(300)));
            case 2 -> concat(ascii("RIFF"), bytes(4), ascii("WEBP"), bytes(random.nextInt(300)));
            default -> pngHeader(1 + random.nextInt(64), 1 + random.nextInt(64));
        };
    }

    private byte[] magic() {
        return pick(List.of(
                ascii("GIF89a"),
                ascii("BM"),
                ascii("%PDF-1.7"),
                ascii("PK\u0003\u0004"),
                ascii("<svg xmlns='http://www.w3.org/2000/svg'>"),
                ascii("<html>"),
                ascii("II*\0"),
                ascii("\u007fELF"),
                ascii("MZ"),
                ascii("\0\0\0 ftypisom"),
                ascii("#EXTM3U\nfile:///etc/passwd\n"),
                ascii("\u001f\u008b\u0008"),
                ascii("8BPS")));
    }

    private byte[] upload(byte[] picture) {
        return form(text("prompt", "x") + file("input_reference", "a.png", picture));
    }

    private static String text(String name, String value) {
        return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    private static String file(String name, String fileName, byte[] content) {
        return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + fileName
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                + new String(content, StandardCharsets.ISO_8859_1) + "\r\n";
    }

    private static byte[] form(String parts) {
        return form("/v1/videos", parts);
    }

    private static byte[] form(String path, String parts) {
        return request(
                "POST", path, "multipart/form-data; boundary=" + BOUNDARY, ascii(parts + "--" + BOUNDARY + "--\r\n"));
    }

    private static byte[] json(String body) {
        return json("/v1/videos", body);
    }

    private static byte[] json(String path, String body) {
        return request("POST", path, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    /** Closed behind it: the answer to HEAD names a length and has no body. */
    private static byte[] head(String method, String path) {
        return ascii(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    private static byte[] request(String method, String path, String type, byte[] body) {
        return request(method, path, type, body, body.length);
    }

    private static byte[] request(String method, String path, String type, byte[] body, long length) {
        return concat(
                ascii(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                        + "\r\nContent-Length: " + length + "\r\n\r\n"),
                body);
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private String hex(int digits) {
        StringBuilder text = new StringBuilder();
        for (int digit = 0; digit < digits; digit++) {
            text.append(Character.forDigit(random.nextInt(16), 16));
        }
        return text.toString();
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            for (byte[] part : parts) {
                all.write(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }
}
