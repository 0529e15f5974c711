package dev.millrace.benchmarks.harness;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * The PostgreSQL server of a run: 18.6 from Maven Central artifacts, started once with durable
 * settings, or the one {@value #GIVEN} names. Not thread-safe.
 *
 * <p>Settings that differ from PostgreSQL's defaults: {@code shared_buffers} 512MB; {@code
 * max_wal_size} 8GB and {@code checkpoint_timeout} 1h, so that no checkpoint falls into one
 * contender's run and not another's (one is forced before each run instead); {@code
 * max_connections} 400; {@code pg_stat_statements} loaded and off except where it is measured.
 */
public final class BenchServer implements AutoCloseable {
    /** The variable that names a server to use: {@code postgresql://user:password@host:port/db}. */
    public static final String GIVEN = "MILLRACE_BENCH_POSTGRES";

    /** The application name of sessions that are not waited for when others must have ended. */
    public static final String BYSTANDER = "bystander";

    private final @Nullable EmbeddedPostgres own;
    private final String url;
    private final Connection admin;
    private final OptionalLong postmaster;
    private int databases;

    private BenchServer(@Nullable EmbeddedPostgres own, String url) throws SQLException {
        this.own = own;
        this.url = url;
        this.admin = DriverManager.getConnection(url);
        var backend = number("SELECT pg_backend_pid()");
        var local = url.contains("//localhost") || url.contains("//127.0.0.1");
        this.postmaster = local ? ServerCpu.parent(backend) : OptionalLong.empty();
        requireDurable();
    }

    /** Starts a server under {@code directory}, or connects to the given one. */
    public static BenchServer start(Path directory) throws IOException, SQLException {
        var given = System.getenv(GIVEN);
        if (given != null && !given.isBlank()) {
            return new BenchServer(null, jdbcUrl(given.trim()));
        }
        Files.createDirectories(directory);
        var own =
                EmbeddedPostgres.builder()
                        .setOverrideWorkingDirectory(directory.toFile())
                        .setDataDirectory(
                                directory.resolve("data-" + ProcessHandle.current().pid()))
                        .setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("full_page_writes", "on")
                        .setServerConfig("shared_buffers", "512MB")
                        .setServerConfig("max_wal_size", "8GB")
                        .setServerConfig("checkpoint_timeout", "1h")
                        .setServerConfig("max_connections", "400")
                        .setServerConfig("shared_preload_libraries", "pg_stat_statements")
                        .setServerConfig("pg_stat_statements.track", "none")
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .start();
        return new BenchServer(own, own.getJdbcUrl("postgres", "postgres"));
    }

    /** A new empty database. */
    public Place fresh() throws SQLException {
        var name = "bench_" + ProcessHandle.current().pid() + "_" + ++databases;
        execute("CREATE DATABASE " + name);
        return new Place(Engine.POSTGRES, urlOf(name));
    }

    /** A database equal to {@code template}, which nobody may be connected to. */
    public Place copy(Place template) throws SQLException {
        awaitNobody(template);
        var name = "bench_" + ProcessHandle.current().pid() + "_" + ++databases;
        execute(
                "CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy"
                        .formatted(name, template.database()));
        return new Place(Engine.POSTGRES, urlOf(name));
    }

    /** Removes a database, ending whoever is still connected. */
    public void drop(Place place) throws SQLException {
        execute("DROP DATABASE IF EXISTS " + place.database() + " WITH (FORCE)");
    }

    /** Writes out what earlier runs left, so that nobody pays for another's pages. */
    public void checkpoint() throws SQLException {
        execute("CHECKPOINT");
    }

    /** Turns {@code pg_stat_statements} on for sessions opened on the place from now on. */
    public void countStatements(Place place) throws SQLException {
        execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        execute("ALTER DATABASE " + place.database() + " SET pg_stat_statements.track = 'all'");
    }

    /** Statements sent to the place since they are counted. */
    public long statements(Place place) throws SQLException {
        return number(
                """
                SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements s
                JOIN pg_database d ON d.oid = s.dbid
                WHERE toplevel AND datname = '%s'\
                """
                        .formatted(place.database()));
    }

    /** The insert position of the write-ahead log, in bytes. */
    public long walPosition() throws SQLException {
        return number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
    }

    /**
     * Committed transactions of a place. Waits until all its sessions have ended, which is when the
     * last of their counts arrive.
     */
    public long transactions(Place place) throws SQLException {
        awaitNobody(place);
        return number(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = '"
                        + place.database()
                        + "'");
    }

    /** Processor time of the whole server in microseconds; empty when it is on another machine. */
    public OptionalLong cpuMicros() {
        return postmaster.isPresent()
                ? OptionalLong.of(ServerCpu.micros(postmaster.getAsLong()))
                : OptionalLong.empty();
    }

    /** Version and the settings that matter, for the header of a report. */
    public String describe() throws SQLException {
        try (var statement = admin.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                SELECT string_agg(name || '=' || setting || coalesce(unit, ''), ' ')
                                FROM pg_settings WHERE name IN ('server_version', 'fsync',
                                  'synchronous_commit', 'full_page_writes', 'shared_buffers',
                                  'max_wal_size', 'checkpoint_timeout', 'wal_sync_method')\
                                """)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Override
    public void close() throws SQLException, IOException {
        admin.close();
        if (own != null) {
            own.close();
        }
    }

    private void requireDurable() throws SQLException {
        var lax =
                number(
                        """
                        SELECT count(*) FROM pg_settings
                        WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')
                          AND setting <> 'on'\
                        """);
        if (lax > 0) {
            throw new IllegalStateException(
                    "expected a server with fsync, synchronous_commit and full_page_writes on, got "
                            + describe()
                            + "; figures of a server that may lose commits are not comparable");
        }
    }

    private void awaitNobody(Place place) throws SQLException {
        var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        var sessions =
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = '%s' AND backend_type = 'client backend'
                  AND application_name <> '%s'\
                """
                        .formatted(place.database(), BYSTANDER);
        while (number(sessions) > 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "expected every session on "
                                + place.database()
                                + " to be closed within 20s; a contender keeps its connections");
            }
            Pause.millis(20);
        }
    }

    private long number(String sql) throws SQLException {
        try (var statement = admin.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    private void execute(String sql) throws SQLException {
        try (var statement = admin.createStatement()) {
            statement.execute(sql);
        }
    }

    private String urlOf(String database) {
        var slash = url.lastIndexOf('/');
        var question = url.indexOf('?');
        return url.substring(0, slash + 1)
                + database
                + (question < 0 ? "" : url.substring(question));
    }

    private static String jdbcUrl(String given) {
        if (given.startsWith("jdbc:")) {
            return given;
        }
        var uri = URI.create(given);
        if (uri.getUserInfo() == null || uri.getPath() == null) {
            throw new IllegalArgumentException(
                    GIVEN + ": expected postgresql://user:password@host:port/database");
        }
        var user = uri.getUserInfo().split(":", 2);
        return "jdbc:postgresql://%s:%d%s?user=%s&password=%s"
                .formatted(
                        uri.getHost(),
                        uri.getPort() < 0 ? 5432 : uri.getPort(),
                        uri.getPath(),
                        user[0],
                        user.length > 1 ? user[1] : "");
    }
}
