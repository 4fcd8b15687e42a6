package dev.zoetrope.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3SettingsTest {
    @Test
    void anAddressIsRead() {
        assertEquals(
                new S3Settings(
                        "clips", "a/b/", Optional.of(URI.create("http://127.0.0.1:9000")), Optional.of("eu-west-1")),
                S3Settings.parse("s3://clips/a/b/?endpoint=http://127.0.0.1:9000&region=eu-west-1"));
        assertEquals(new S3Settings("clips", "", Optional.empty(), Optional.empty()), S3Settings.parse("s3://clips"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://clips, https:",
        "s3://key:hidden@clips/a, keys in it",
        "s3://clips?acl=public, acl=public",
        "s3://clips?endpoint=ftp://x, endpoint=ftp://x",
        "clips, no scheme"
    })
    void anythingElseIsRefused(String text, String reason) {
        String refused = String.valueOf(assertThrows(RequestException.class, () -> S3Settings.parse(text))
                .getMessage());
        assertTrue(refused.contains(reason), refused);
        assertFalse(refused.contains("hidden"), refused);
    }
}
