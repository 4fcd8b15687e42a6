package dev.zoetrope.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of a file of 100 bytes, by RFC 9110. */
class ByteRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=10-19, 10, 19",
        "bytes=90-, 90, 99",
        "bytes=90-1000, 90, 99",
        "bytes=-1, 99, 99",
        "bytes=-1000, 0, 99"
    })
    void oneRangeIsCutToTheFile(String header, long first, long last) {
        assertEquals(Optional.of(new ByteRange(first, last)), ByteRange.parse(header, 100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bytes=-", "bytes=0-1,5-6", "lines=0-1", "bytes=5-4", "bytes=a-b", "bytes=9999999999999999999-"})
    void whatMayBeIgnoredIs(String header) {
        assertEquals(Optional.empty(), ByteRange.parse(header, 100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=200-300", "bytes=-0"})
    void whatHasNothingOfTheFileIsRefused(String header) {
        assertEquals(
                416,
                assertThrows(ApiException.class, () -> ByteRange.parse(header, 100))
                        .status());
    }
}
