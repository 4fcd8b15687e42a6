package dev.zoetrope.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Bytes as UTF-8 and nothing else: what is none is refused, and not taken for question marks. */
final class StrictText {
    private StrictText() {}

    /**
     * The text, without the mark that some programs put before it.
     *
     * @param refusal makes the error from what was found
     */
    static String of(byte[] bytes, Function<String, ApiException> refusal) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(in).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException _) {
            throw refusal.apply("bytes that are none at " + in.position());
        }
    }
}
