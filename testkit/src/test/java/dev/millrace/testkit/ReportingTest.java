package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobContext;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** What a handler hears of the store's troubles with its checkpoints. */
@Timeout(60)
class ReportingTest {
    private static final Task<RawJson> HOLDS = Task.named("holds", RawJson.class);
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Stops at a checkpoint that says "hold", refuses those that say "refuse". */
    private static final class Troubled extends MemoryStore {
        final CountDownLatch holding = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicInteger away = new AtomicInteger();
        private final ReportStore reports =
                new MemoryReports(state) {
                    @Override
                    public List<Recorded> report(List<Report> all) {
                        if (says(all, "hold")) {
                            holding.countDown();
                            await(goOn);
                        }
                        if (says(all, "full") && away.getAndDecrement() > 0) {
                            throw new MillraceException(Code.STORE_REFUSED, "the store is full");
                        }
                        if (says(all, "refuse")) {
                            throw MillraceException.invalid("such a report cannot be stored");
                        }
                        return super.report(all);
                    }

                    @Override
                    public Carried carried(long jobId) {
                        if (away.getAndDecrement() > 0) {
                            throw new MillraceException(
                                    Code.STORE_UNAVAILABLE, "the store is away");
                        }
                        return super.carried(jobId);
                    }
                };

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static boolean says(List<Report> reports, String word) {
            return reports.stream()
                    .anyMatch(r -> r.checkpoint() != null && r.checkpoint().text().contains(word));
        }

        @Override
        public ReportStore reports() {
            return reports;
        }
    }

    @Test
    void aCheckpointThatAnothersReportTookAlongAndTheStoreRefusedIsNotSaidToBeKept()
            throws InterruptedException {
        var store = new Troubled();
        var heard = new ConcurrentLinkedQueue<String>();
        try (var millrace =
                Millrace.builder()
                        .store(store)
                        .handle(
                                HOLDS,
                                (payload, job) -> {
                                    job.checkpoint("hold");
                                    return null;
                                })
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    var known = job.lastCheckpoint(String.class);
                                    var threads = List.of(keeping(job, heard), keeping(job, heard));
                                    for (var thread : threads) {
                                        while (thread.getState() != Thread.State.WAITING) {
                                            Thread.onSpinWait();
                                        }
                                    }
                                    store.goOn.countDown();
                                    for (var thread : threads) {
                                        thread.join();
                                    }
                                    return known.isPresent();
                                })
                        .start()) {
            millrace.enqueue(HOLDS.with(new RawJson("1")));
            store.holding.await();
            var job = millrace.enqueue(WORK.with(new RawJson("1")));
            assertThat(job.await(SOON).orElseThrow().as(Boolean.class)).isFalse();
        }
        assertThat(heard).containsExactly("invalid-input", "invalid-input");
    }

    private static Thread keeping(JobContext job, ConcurrentLinkedQueue<String> heard) {
        return Thread.startVirtualThread(() -> {
            try {
                job.checkpoint("refuse");
                heard.add("kept");
            } catch (MillraceException e) {
                heard.add(e.code().text());
            } catch (InterruptedException e) {
                heard.add("interrupted");
            }
        });
    }

    /** Keeps completions in transactions for itself, and is closed when asked about them. */
    private static final class Closing extends MemoryStore {
        private final ReportStore reports =
                new MemoryReports(state) {
                    @Override
                    public void complete(Connection connection, Ending ending) {
                        // as one that is never committed
                    }

                    @Override
                    public boolean holds(long workerId, JobClaim claim) {
                        throw new MillraceException(Code.CLOSED, "the store was closed before");
                    }
                };

        @Override
        public ReportStore reports() {
            return reports;
        }
    }

    @Test
    void whetherItCompletedIsNotAskedForEverOfAStoreThatWasClosed() throws InterruptedException {
        var store = new Closing();
        var connection =
                (Connection)
                        Proxy.newProxyInstance(
                                ReportingTest.class.getClassLoader(),
                                new Class<?>[] {Connection.class},
                                (proxy, method, arguments) -> {
                                    throw new SQLException("nobody's connection");
                                });
        var runs = new AtomicInteger();
        try (var millrace =
                Millrace.builder()
                        .store(store)
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    if (runs.incrementAndGet() == 1) {
                                        job.completeIn(connection, null);
                                    }
                                    return runs.get();
                                })
                        .start()) {
            var job = millrace.enqueue(WORK.with(new RawJson("1")));
            assertThat(job.await(SOON).orElseThrow().as(Integer.class)).isEqualTo(2);
            var attempts = millrace.store().find(job.id()).orElseThrow().attempts();
            assertThat(attempts)
                    .as("none is spent on what is not known")
                    .extracting(Attempt::end)
                    .containsExactly(Attempt.End.INTERRUPTED, Attempt.End.COMPLETED);
        }
    }

    @Test
    void theFirstCheckpointOfAnAttemptWaitsForTheStoreToo() throws InterruptedException {
        var store = new Troubled();
        store.away.set(3);
        try (var millrace =
                Millrace.builder()
                        .store(store)
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    job.checkpoint("a");
                                    return job.attempt();
                                })
                        .start()) {
            var job = millrace.enqueue(WORK.with(new RawJson("1")));
            assertThat(job.await(SOON).orElseThrow().as(Integer.class)).isEqualTo(1);
        }
        assertThat(store.away).hasNegativeValue();
    }

    @Test
    void aCheckpointWaitsForAStoreThatRefusesForAWhileAsAnEndingDoes() throws InterruptedException {
        var store = new Troubled();
        try (var millrace =
                Millrace.builder()
                        .store(store)
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    job.lastCheckpoint(String.class);
                                    store.away.set(3);
                                    job.checkpoint("full");
                                    return job.attempt();
                                })
                        .start()) {
            var job = millrace.enqueue(WORK.with(new RawJson("1")));
            assertThat(job.await(SOON).orElseThrow().as(Integer.class)).isEqualTo(1);
        }
        assertThat(store.away).hasNegativeValue();
    }
}
