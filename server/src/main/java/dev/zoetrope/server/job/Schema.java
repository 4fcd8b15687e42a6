package dev.zoetrope.server.job;

import dev.zoetrope.runtime.error.OutputException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;

/**
 * The tables and how they came to be: a list of changes, each of which a database has gone through or not. A change that was
 * released is not altered any more; another one is added behind it.
 */
final class Schema {
    /** The columns that db-scheduler has. */
    private static final String QUEUE = """
            (
                task_name varchar(100) not null,
                task_instance varchar(100) not null,
                task_data {bytes},
                execution_time timestamp(6) with time zone not null,
                picked boolean not null,
                picked_by varchar(50),
                last_success timestamp(6) with time zone,
                last_failure timestamp(6) with time zone,
                consecutive_failures int,
                last_heartbeat timestamp(6) with time zone,
                version bigint not null,
                primary key (task_name, task_instance)
            )""";

    /* H2 ends a transaction at each of these statements, so all of them can be done a second time. PostgreSQL does a change
     * whole or not at all. */
    private static final List<List<String>> CHANGES = List.of(
            List.of(
                    """
                    create table if not exists videos (
                        number bigint generated always as identity primary key,
                        id varchar(64) not null unique,
                        owner varchar(64),
                        status varchar(16) not null,
                        progress int not null,
                        starts int not null default 0,
                        request {text} not null,
                        model varchar(200) not null,
                        created timestamp with time zone not null,
                        completed timestamp with time zone,
                        error_code varchar(64),
                        error_message varchar(4000),
                        remixed_from varchar(64)
                    )""",
                    "create index if not exists videos_by_status on videos (status, number)",
                    "create table if not exists scheduled_tasks " + QUEUE,
                    "create index if not exists scheduled_tasks_by_time on scheduled_tasks (execution_time)"),
            List.of("alter table videos add column if not exists priority varchar(8) default 'normal' not null"),
            // Who makes a video, for the how-manieth time, and what it said last.
            List.of(
                    "alter table videos add column if not exists run bigint default 0 not null",
                    "alter table videos add column if not exists worker varchar(64)",
                    "alter table videos add column if not exists said varchar(200)",
                    "create index if not exists scheduled_tasks_by_heartbeat on scheduled_tasks (last_heartbeat)"),
            // The request that asked for a video, and its trace.
            List.of(
                    "alter table videos add column if not exists request_id varchar(64)",
                    "alter table videos add column if not exists trace varchar(64)"),
            // How long it is kept, and who is told of its end.
            List.of(
                    "alter table videos add column if not exists expires timestamp with time zone",
                    "alter table videos add column if not exists announced boolean default true not null",
                    "create index if not exists videos_by_expiry on videos (expires)",
                    "create index if not exists videos_by_announced on videos (announced)",
                    "create table if not exists scheduled_webhooks " + QUEUE,
                    "create index if not exists scheduled_webhooks_by_time on scheduled_webhooks (execution_time)"),
            List.of("""
                    create table if not exists usage_by_day (
                        owner varchar(64) not null,
                        day_utc varchar(10) not null,
                        videos int not null,
                        primary key (owner, day_utc)
                    )"""),
            List.of("alter table videos add column if not exists bytes bigint default 0 not null"));

    /** Any number that no other program takes. */
    private static final long LOCK = 0x5A6F_6574_726F_7065L;

    private Schema() {}

    /**
     * Brings a database up to date; of several servers that start at once, one does it and the others wait.
     *
     * @return the database's own name, drawn when it was made
     * @throws OutputException when a newer version made it
     */
    static String update(Connection connection, boolean postgreSql) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            if (postgreSql) {
                statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            }
            statement.execute(
                    "create table if not exists zoetrope_schema (version int not null, name varchar(36) not null)");
            int version = -1;
            String name = UUID.randomUUID().toString();
            try (ResultSet row = statement.executeQuery("select version, name from zoetrope_schema")) {
                if (row.next()) {
                    version = row.getInt(1);
                    name = String.valueOf(row.getString(2));
                }
            }
            if (version > CHANGES.size()) {
                throw new OutputException("database: expected tables of version " + CHANGES.size() + " or older, found "
                        + version + " (a newer Zoetrope made them; start that one)");
            }
            for (List<String> change : CHANGES.subList(Math.max(0, version), CHANGES.size())) {
                for (String sql : change) {
                    statement.execute(sql.replace("{text}", postgreSql ? "text" : "clob")
                            .replace("{bytes}", postgreSql ? "bytea" : "blob"));
                }
            }
            statement.execute(
                    version < 0
                            ? "insert into zoetrope_schema values (" + CHANGES.size() + ", '" + name + "')"
                            : "update zoetrope_schema set version = " + CHANGES.size());
            connection.commit();
            return name;
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }
}
