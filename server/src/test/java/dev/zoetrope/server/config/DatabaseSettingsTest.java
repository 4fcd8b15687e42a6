package dev.zoetrope.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.config.DatabaseSettings.PostgreSql;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseSettingsTest {
    @ParameterizedTest
    @CsvSource({
        "postgresql://anna:s%40cret@db.local:5433/clips?sslmode=require",
        "jdbc:postgresql://db.local:5433/clips?user=anna&sslmode=require&password=s%40cret",
        "postgres://anna:s%40cret@db.local:5433/clips?sslmode=require"
    })
    void everyFormOfAnAddressIsRead(String text) {
        assertEquals(
                new PostgreSql(
                        "jdbc:postgresql://db.local:5433/clips?sslmode=require",
                        Optional.of("anna"),
                        Optional.of("s@cret")),
                DatabaseSettings.parse(text, Map.of("PGUSER", "other", "PGPASSWORD", "other")));
    }

    @Test
    void whoLogsInMayBeInTheEnvironment() {
        assertEquals(
                new PostgreSql("jdbc:postgresql://db/clips", Optional.of("anna"), Optional.of("secret")),
                DatabaseSettings.parse("postgresql://db/clips", Map.of("PGUSER", "anna", "PGPASSWORD", "secret")));
    }

    @Test
    void aPasswordIsNeverSaid() {
        assertFalse(DatabaseSettings.parse("postgresql://anna:hidden@db/clips", Map.of())
                .toString()
                .contains("hidden"));
    }

    @ParameterizedTest
    @CsvSource({
        "mysql://anna:hidden@db/clips, begins with 'mysql:'",
        "postgresql://anna:hidden@db, without the name of a database",
        "postgresql:///clips?password=hidden, without a host",
        "postgresql://anna:hid den@db/clips, no URL"
    })
    void anythingElseIsRefusedWithoutItsPassword(String text, String reason) {
        RequestException refused = assertThrows(RequestException.class, () -> DatabaseSettings.parse(text, Map.of()));
        assertTrue(String.valueOf(refused.getMessage()).contains(reason), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("hid"), refused.getMessage());
    }
}
