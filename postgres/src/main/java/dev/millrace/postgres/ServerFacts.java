package dev.millrace.postgres;

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
        return new StoreInfo("postgres", address, version, durability(facts), facts);
    }

    /** Without fsync a power cut may lose commits; without waiting, any crash of the server. */
    private static String durability(Map<String, String> facts) {
        if ("off".equals(facts.get("synchronous-commit"))) {
            return "memory";
        }
        return "on".equals(facts.get("fsync")) ? "disk" : "os";
    }
}
