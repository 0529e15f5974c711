package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.millrace.Millrace;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Sighting;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** A store on the application's own pool, whose handlers hold every connection of it. */
class EmptyPoolTest {
    private static final int POOL = 5;

    /** Longer than a machine that does other things too may stand still without its being seen. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final Duration HEARTBEAT = Duration.ofMillis(500);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String BUSY = "busy";
    private static final Task<String> WORK = Task.named("work", String.class);

    private final StoreUrl url = StoreUrl.parse(TestServer.freshUrl());
    private final HikariDataSource pool = pool(url);
    private final PostgresStore other = PostgresStore.of(url.source(), url.schema().name(), true);
    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch holding = new CountDownLatch(POOL);
    private final CountDownLatch enough = new CountDownLatch(1);

    @AfterEach
    void close() {
        enough.countDown();
        other.close();
        pool.close();
    }

    private static HikariDataSource pool(StoreUrl url) {
        var config = new HikariConfig();
        var source = url.source();
        source.setApplicationName(BUSY);
        config.setDataSource(source);
        config.setMaximumPoolSize(POOL);
        // So long that whoever waits for a connection waits for all of the test.
        config.setConnectionTimeout(SOON.toMillis());
        return new HikariDataSource(config);
    }

    private String holdAConnection() throws Exception {
        runs.incrementAndGet();
        try (var connection = pool.getConnection()) {
            try (var statement = connection.createStatement()) {
                statement.execute("set application_name = 'held'");
            }
            holding.countDown();
            enough.await();
        }
        return "done";
    }

    private Sighting sighting(long worker) {
        var look = new Pulse(0, false, 0, List.of(), Instant.now());
        return other.pulse(look).others().stream()
                .filter(seen -> seen.workerId() == worker)
                .findFirst()
                .orElseThrow(() -> new AssertionError("worker %d is gone".formatted(worker)));
    }

    private void awaitBeats(LongSupplier beat, int beats) {
        long enoughBeats = beat.getAsLong() + beats;
        Awaitility.await().atMost(SOON).until(() -> beat.getAsLong() >= enoughBeats);
    }

    private interface Meanwhile {
        void happens() throws Exception;
    }

    @Test
    void aWorkerWhoseHandlersHoldThePoolForSeveralLeasesIsNotDeclaredDead() throws Exception {
        handlersHoldThePool(() -> {});
    }

    @Test
    void norIsOneThatLosesItsKeptConnectionsMeanwhile() throws Exception {
        handlersHoldThePool(() -> {
            for (int times = 1; times <= 3; times++) {
                assertThat(terminateKept()).isEqualTo(2);
                // both are back before they are lost again
                Awaitility.await().atMost(SOON).until(() -> kept() == 2);
            }
        });
    }

    private int terminateKept() throws SQLException {
        return count("select count(pg_terminate_backend(pid)) from kept");
    }

    private int kept() throws SQLException {
        return count("select count(*) from kept");
    }

    /** Of the busy store's sessions those that no handler holds. */
    private int count(String text) throws SQLException {
        try (var connection = url.source().getConnection();
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                """
                                with kept as materialized (
                                    select pid from pg_stat_activity
                                    where application_name = '%s'
                                        and datname = current_database())
                                """
                                                .formatted(BUSY)
                                        + text)) {
            row.next();
            return row.getInt(1);
        }
    }

    private void handlersHoldThePool(Meanwhile meanwhile) throws Exception {
        try (var busy =
                        Millrace.builder()
                                .store(PostgresStore.of(pool, url.schema().name(), true))
                                .lease(LEASE)
                                .heartbeat(HEARTBEAT)
                                .handle(WORK, (text, job) -> holdAConnection())
                                .start();
                var web = Millrace.builder().store(other).start()) {
            long worker = other.workers().getFirst().id();
            var jobs = new ArrayList<JobHandle>();
            for (int i = 0; i < POOL; i++) {
                jobs.add(web.enqueue(WORK.with("hold")));
            }
            holding.await();
            assertThat(busy.running()).isEqualTo(POOL);
            meanwhile.happens();
            try (var watcher =
                    Millrace.builder()
                            .store(PostgresStore.of(url.source(), url.schema().name(), true))
                            .lease(LEASE)
                            .heartbeat(HEARTBEAT)
                            .handle(WORK, (text, job) -> "again " + runs.incrementAndGet())
                            .start()) {
                // Three leases.
                awaitBeats(() -> sighting(worker).beat(), 30);
                assertThat(watcher.running()).isZero();
                assertThat(sighting(worker).dead()).isFalse();
                enough.countDown();
                for (JobHandle job : jobs) {
                    assertThat(job.await(SOON).orElseThrow().as(String.class)).isEqualTo("done");
                }
            }
        }
        assertThat(runs).hasValue(POOL);
    }
}
