package dev.zoetrope.server.job;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zoetrope.runtime.error.OutputException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The server's tables, in one file. Thread-safe; owns its connections. */
final class Database implements AutoCloseable {
    /* WRITE_DELAY=0: a commit writes what it changed at once, not within 500 ms.
     * DB_CLOSE_ON_EXIT=FALSE: the server closes it, after the last job has said where it stands. */
    private static final String SETTINGS = ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";

    /**
     * One statement at a time: a commit that meets another thread's, which is just being written, writes nothing and does
     * not wait (H2 2.5's MVStore.canStartStore). KeptRequest stands in for what is lost all the same.
     */
    private static final int CONNECTIONS = 1;

    private static final List<String> TABLES = List.of(
            """
            create table if not exists videos (
                number bigint generated always as identity primary key,
                id varchar(64) not null unique,
                owner varchar(64),
                status varchar(16) not null,
                progress int not null,
                starts int not null default 0,
                request clob not null,
                model varchar(200) not null,
                created timestamp with time zone not null,
                completed timestamp with time zone,
                error_code varchar(64),
                error_message varchar(4000),
                remixed_from varchar(64)
            )""",
            "create index if not exists videos_by_status on videos (status, number)",
            """
            create table if not exists scheduled_tasks (
                task_name varchar(100) not null,
                task_instance varchar(100) not null,
                task_data blob,
                execution_time timestamp(6) with time zone not null,
                picked boolean not null,
                picked_by varchar(50),
                last_success timestamp(6) with time zone,
                last_failure timestamp(6) with time zone,
                consecutive_failures int,
                last_heartbeat timestamp(6) with time zone,
                version bigint not null,
                primary key (task_name, task_instance)
            )""",
            "create index if not exists scheduled_tasks_by_time on scheduled_tasks (execution_time)");

    private final HikariDataSource source;

    private Database(HikariDataSource source) {
        this.source = source;
    }

    /** One row of a result. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * Opens the database of a data folder, and makes it if there is none.
     *
     * @throws OutputException when it cannot be read or written
     */
    static Database open(Path dataFolder) {
        if (dataFolder.toString().contains(";")) {
            throw new OutputException("data folder: expected a name without a semicolon, found " + dataFolder
                    + " (H2 takes what follows one for settings)");
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:file:" + dataFolder.resolve("zoetrope").toAbsolutePath() + SETTINGS);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setPoolName("zoetrope");
        HikariDataSource source;
        try {
            source = new HikariDataSource(config);
        } catch (RuntimeException e) {
            throw new OutputException(
                    "data folder: expected a database in " + dataFolder + ", found: " + e.getMessage(), e);
        }
        Database database = new Database(source);
        try {
            TABLES.forEach(database::update);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        return database;
    }

    DataSource source() {
        return source;
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
     * process alone it is there in any case.
     */
    void flush() {
        update("checkpoint sync");
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

    private static OutputException failed(SQLException failure) {
        return new OutputException("database: expected an answer, found: " + failure.getMessage(), failure);
    }

    /** The last connection that is closed writes what is in memory and lets go of the file. */
    @Override
    public void close() {
        source.close();
    }
}
