package dev.zoetrope.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
    private static final String KEY = "0123456789abcdef";

    /** By sha256sum. */
    private static final String HASH = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";

    @Test
    void aKeyAndItsHashAreTheSameKey() {
        assertEquals(Optional.of(HASH), ApiKeys.of(List.of(KEY)).owner(KEY));
        assertEquals(Optional.of(HASH), ApiKeys.of(List.of("sha256:" + HASH)).owner(KEY));
        assertEquals(Optional.empty(), ApiKeys.of(List.of(KEY)).owner(HASH));
        assertEquals(Optional.empty(), ApiKeys.none().owner(KEY));
    }

    @Test
    void aFileHasAKeyOnEachLine(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(folder.resolve("keys.txt"), "# mine\n\n" + KEY + "\n  another-key-that-is-long \n");
        ApiKeys keys = ApiKeys.ofFile(file);
        assertTrue(keys.owner(KEY).isPresent());
        assertTrue(keys.owner("another-key-that-is-long").isPresent());
        assertTrue(keys.owner("# mine").isEmpty());
        assertThrows(RequestException.class, () -> ApiKeys.ofFile(folder.resolve("none")));
        assertThrows(
                RequestException.class, () -> ApiKeys.ofFile(Files.writeString(folder.resolve("empty"), "# no\n")));
    }

    @Test
    void aVariableHasSeveral() {
        ApiKeys keys = ApiKeys.ofVariable(KEY + ", another-key-that-is-long");
        assertTrue(keys.owner(KEY).isPresent());
        assertTrue(keys.owner("another-key-that-is-long").isPresent());
        assertTrue(ApiKeys.ofVariable("  ").isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "sha256:abc"})
    void keysThatProtectNothingAreRefused(String key) {
        assertThrows(RequestException.class, () -> ApiKeys.of(List.of(key)));
    }
}
