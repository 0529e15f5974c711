package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/** The server goes away under living workers, and comes back. */
class RestartTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int JOBS = 400;
    private static final int SLOTS = 8;
    private static final Task<Integer> WORK = Task.named("work", Integer.class);

    private final Map<Integer, Integer> runs = new ConcurrentHashMap<>();
    private final CountDownLatch busy = new CountDownLatch(2 * SLOTS);
    private final CountDownLatch down = new CountDownLatch(1);

    private interface Outage {
        void on(OwnServer server) throws IOException;
    }

    private int run(int number) throws InterruptedException {
        runs.merge(number, 1, Integer::sum);
        busy.countDown();
        down.await();
        return number;
    }

    private Millrace worker(String url) {
        return Millrace.builder()
                .store(PostgresStore.at(url))
                .queue("default", SLOTS)
                .handle(WORK, (number, job) -> run(number))
                .start();
    }

    /** Waits for the server for longer than it takes to start, as long as may be. */
    private static Millrace web(String url) {
        return Millrace.builder()
                .store(PostgresStore.at(url))
                .storePatience(Duration.ofSeconds(30))
                .start();
    }

    private void nothingIsLostOrRunTwice(Outage outage) throws Exception {
        try (var server = new OwnServer();
                var web = web(server.url());
                var one = worker(server.url());
                var two = worker(server.url());
                var threads = Executors.newCachedThreadPool()) {
            var jobs = new ArrayList<JobHandle>();
            for (int i = 0; i < JOBS; i++) {
                jobs.add(web.enqueue(WORK.with(i)));
            }
            busy.await();
            var workers = List.of(one.workerId(), two.workerId());
            outage.on(server);
            // What runs ends, and one more job is sent, while nobody listens.
            down.countDown();
            var late = threads.submit(() -> web.enqueue(WORK.with(JOBS)));
            server.start();
            jobs.add(late.get());
            for (int i = 0; i <= JOBS; i++) {
                var result = jobs.get(i).await(SOON).orElseThrow();
                assertThat(result.as(Integer.class)).isEqualTo(i);
            }
            assertThat(runs).hasSize(JOBS + 1).allSatisfy((job, n) -> assertThat(n).isOne());
            assertThat(List.of(one.workerId(), two.workerId())).isEqualTo(workers);
            assertThat(one.refusedEndings() + two.refusedEndings()).isZero();
            assertThat(web.store().find(jobs.getFirst().id()).orElseThrow().state())
                    .isInstanceOf(JobState.Completed.class);
        }
    }

    @Test
    void workersGoOnAfterTheServerWasRestarted() throws Exception {
        nothingIsLostOrRunTwice(OwnServer::stop);
    }

    @Test
    void workersGoOnAfterTheServerWasKilled() throws Exception {
        nothingIsLostOrRunTwice(OwnServer::kill);
    }

    @Test
    void aServerThatIsReadOnlyForAWhileIsWaitedFor() throws Exception {
        down.countDown();
        try (var server = new OwnServer();
                var store = PostgresStore.at(server.url());
                var web = web(server.url());
                var worker = worker(server.url());
                var threads = Executors.newCachedThreadPool()) {
            web.enqueue(WORK.with(0)).await(SOON).orElseThrow();
            readOnly(server, true);
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> store.reserveIds(1))
                    .withMessageContaining("read-only")
                    .matches(e -> e.code() == MillraceException.Code.STORE_UNAVAILABLE);
            assertThat(store.workers()).hasSize(1);
            var sent = threads.submit(() -> web.enqueue(WORK.with(1)));
            readOnly(server, false);
            assertThat(finished(sent.get())).isEqualTo(1);
            assertThat(worker.refusedEndings()).isZero();
        }
    }

    private static int finished(JobHandle job) throws InterruptedException, ExecutionException {
        return job.await(SOON).orElseThrow().as(Integer.class);
    }

    private static void readOnly(OwnServer server, boolean on) throws SQLException {
        try (var connection = StoreUrl.parse(server.url()).source().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute("alter system set default_transaction_read_only = " + on);
            statement.execute("select pg_reload_conf()");
        }
        await(server, on);
    }

    /** The sessions hear of it a moment later. */
    private static void await(OwnServer server, boolean on) {
        org.awaitility.Awaitility.await()
                .atMost(SOON)
                .until(() -> {
                    try (var connection = StoreUrl.parse(server.url()).source().getConnection();
                            var statement = connection.createStatement();
                            var row =
                                    statement.executeQuery("show default_transaction_read_only")) {
                        row.next();
                        return row.getString(1).equals(on ? "on" : "off");
                    }
                });
    }
}
