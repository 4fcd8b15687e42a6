package dev.zoetrope.server.job;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.server.config.DatabaseSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The server's tables, in one file or in a PostgreSQL that others share. Thread-safe; owns its connections. */
final class Database implements AutoCloseable {
    /* WRITE_DELAY=0: a commit writes what it changed at once, not within 500 ms.
     * DB_CLOSE_ON_EXIT=FALSE: the server closes it, after the last job has said where it stands. */
    private static final String H2_SETTINGS = ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";

    /**
     * One statement at a time: a commit that meets another thread's, which is just being written, writes nothing and does
     * not wait (H2 2.5's MVStore.canStartStore). FolderLedger stands in for what is lost all the same.
     */
    private static final int H2_CONNECTIONS = 1;

    /** Statements here take milliseconds; more connections would only be more for the server to hold. */
    private static final int POSTGRESQL_CONNECTIONS = 8;

    /** How long a request waits for a database that does not answer. */
    private static final int LONGEST_WAIT_MILLIS = 5_000;

    private final HikariDataSource source;
    private final boolean shared;
    private final String name;

    private Database(HikariDataSource source, boolean shared, String name) {
        this.source = source;
        this.shared = shared;
        this.name = name;
    }

    /** One row of a result. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * Opens a database, and makes its tables where there are none.
     *
     * @throws OutputException when it cannot be read or written
     */
    static Database open(DatabaseSettings settings, Path dataFolder) {
        return switch (settings) {
            case DatabaseSettings.InDataFolder _ -> open(dataFolder);
            case DatabaseSettings.PostgreSql server -> open(server);
        };
    }

    private static Database open(Path dataFolder) {
        if (dataFolder.toString().contains(";")) {
            throw new OutputException("data folder: expected a name without a semicolon, found " + dataFolder
                    + " (H2 takes what follows one for settings)");
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:file:" + dataFolder.resolve("zoetrope").toAbsolutePath() + H2_SETTINGS);
        config.setMaximumPoolSize(H2_CONNECTIONS);
        return open(config, false, "data folder: expected a database in " + dataFolder);
    }

    private static Database open(DatabaseSettings.PostgreSql server) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(server.url());
        server.user().ifPresent(config::setUsername);
        server.password().ifPresent(config::setPassword);
        config.setMaximumPoolSize(POSTGRESQL_CONNECTIONS);
        config.setConnectionTimeout(LONGEST_WAIT_MILLIS);
        config.addDataSourceProperty("ApplicationName", "zoetrope");
        // A statement whose server is gone without a word ends too.
        config.addDataSourceProperty("socketTimeout", String.valueOf(2 * LONGEST_WAIT_MILLIS / 1000));
        return open(config, true, "database: expected to log in at " + server.url());
    }

    private static Database open(HikariConfig config, boolean shared, String expected) {
        config.setPoolName("zoetrope");
        HikariDataSource source;
        try {
            source = new HikariDataSource(config);
        } catch (RuntimeException e) {
            throw new OutputException(expected + ", found: " + firstLine(e), e);
        }
        try (Connection connection = source.getConnection()) {
            return new Database(source, shared, Schema.update(connection, shared));
        } catch (SQLException e) {
            source.close();
            throw new OutputException("database: expected to make its tables, found: " + firstLine(e), e);
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    private static String firstLine(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }

    DataSource source() {
        return source;
    }

    /** Whether other servers use it too. */
    boolean isShared() {
        return shared;
    }

    /** Its own name, by which a folder knows it again. */
    String name() {
        return name;
    }

    /** Changes rows and says how many. */
    int update(String sql, @Nullable Object... values) {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = prepare(connection, sql, values)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /**
     * Forces what was changed so far to the disk, so that it is there after a power failure too. After the end of the
     * process alone it is there in any case. PostgreSQL does so at each commit.
     */
    void flush() {
        if (!shared) {
            update("checkpoint sync");
        }
    }

    /** All rows of a result. */
    <T> List<T> query(Row<T> row, String sql, @Nullable Object... values) {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = prepare(connection, sql, values);
                ResultSet result = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(row.read(result));
            }
            return rows;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, @Nullable Object... values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    private static DatabaseException failed(SQLException failure) {
        return new DatabaseException("database: expected an answer, found: " + failure.getMessage(), failure);
    }

    /** The last connection that is closed writes what is in memory and lets go of the file. */
    @Override
    public void close() {
        source.close();
    }
}
