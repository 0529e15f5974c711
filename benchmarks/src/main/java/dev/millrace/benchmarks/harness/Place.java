package dev.millrace.benchmarks.harness;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import java.nio.file.Path;

/**
 * An empty database for one run.
 *
 * @param engine what kind of database
 * @param target a JDBC URL with user and password for PostgreSQL; the path of a file, not yet
 *     there, for SQLite
 */
public record Place(Engine engine, String target) {
    /** The SQLite file. */
    public Path file() {
        return Path.of(target);
    }

    /** A fixed pool of connections in autocommit mode; the caller closes it. */
    public HikariDataSource pool(int size) {
        var config = new HikariConfig();
        config.setJdbcUrl(target);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(size);
        config.setConnectionTimeout(60_000);
        return new HikariDataSource(config);
    }

    /** The name of the PostgreSQL database. */
    public String database() {
        var path = target.substring(target.lastIndexOf('/') + 1);
        var end = path.indexOf('?');
        return end < 0 ? path : path.substring(0, end);
    }
}
