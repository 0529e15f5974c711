package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.JobContext;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.Carried;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
                        if (says(all, "refuse")) {
                            throw new MillraceException(Code.STORE_REFUSED, "the store is full");
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
        assertThat(heard).containsExactly("store-refused", "store-refused");
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
}
