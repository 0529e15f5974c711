package dev.millrace.postgres;

import dev.millrace.job.Durability;
import dev.millrace.store.Guarantee;
import dev.millrace.store.StoreInfo;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * What the server says of itself: version, and the settings that decide what a receipt is worth.
 */
final class ServerFacts {
    private final Sql sql;
    private final String text;

    ServerFacts(Sql sql) {
        this.sql = sql;
        this.text =
                sql.text(
                        """
                        select (select coalesce(max(version), 0) from {schema}.migration) as version,
                            s.* from (values
                            ('server-version', current_setting('server_version')),
                            ('fsync', current_setting('fsync')),
                            ('synchronous-commit', current_setting('synchronous_commit')),
                            ('wal-writer-delay', current_setting('wal_writer_delay')),
                            ('full-page-writes', current_setting('full_page_writes')),
                            ('clock', to_char(clock_timestamp() at time zone 'UTC',
                                'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
                            ('database', current_database()::text),
                            ('max-connections', current_setting('max_connections')),
                            ('standby', pg_is_in_recovery()::text)) as s(name, value)
                        """);
    }

    StoreInfo info(String address) {
        return sql.run("read the server's settings", connection -> info(connection, address));
    }

    private StoreInfo info(Connection connection, String address) throws SQLException {
        var facts = new HashMap<String, String>();
        int version = 0;
        try (var statement = connection.prepareStatement(text);
                var rows = statement.executeQuery()) {
            while (rows.next()) {
                version = rows.getInt("version");
                facts.put(rows.getString("name"), rows.getString("value"));
            }
        }
        String disk = durability(facts);
        return new StoreInfo("postgres", address, version, disk, guarantees(disk, facts), facts);
    }

    /** The server knows no middle level: what has to outlive a process waits for the disk. */
    private static Map<Durability, Guarantee> guarantees(String disk, Map<String, String> facts) {
        String unwritten =
                "what was committed within three times wal_writer_delay (%s) before the server or its machine crashed"
                        .formatted(facts.get("wal-writer-delay"));
        String lost =
                switch (disk) {
                    case "disk" ->
                            "nothing, while the server's disk keeps what it was told to keep";
                    case "os" ->
                            "fsync is off: anything, when the server's machine crashes or loses"
                                    + " power";
                    default -> "synchronous_commit is off: " + unwritten;
                };
        var durable = new Guarantee(Durability.of(disk), lost);
        return Map.of(
                Durability.DISK,
                durable,
                Durability.OS,
                durable,
                Durability.MEMORY,
                new Guarantee(
                        Durability.MEMORY,
                        "jobs not yet sent when the accepting process is killed, and "
                                + unwritten));
    }

    /** Without fsync a power cut may lose commits; without waiting, any crash of the server. */
    private static String durability(Map<String, String> facts) {
        if ("off".equals(facts.get("synchronous-commit"))) {
            return "memory";
        }
        return "on".equals(facts.get("fsync")) ? "disk" : "os";
    }
}
