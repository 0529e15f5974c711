package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Json;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.NoStore;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

@Timeout(60)
final class ClaimerTest {
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);
    private static final long QUICK = 1;
    private static final long LONG = 2;
    private static final long ALONE = 3;

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger readings = new AtomicInteger();
    private final CountDownLatch longMayEnd = new CountDownLatch(1);
    private final BlockingQueue<Long> ran = new LinkedBlockingQueue<>();
    private final AloneGate gate = new AloneGate(nanos::get);
    private final Store store = new Store();
    private final Claimer claimer = claimer();

    /** Has a quick job, a long one, and then one that two workers died with. */
    private final class Store extends NoStore {
        final Semaphore returns = new Semaphore(0);
        final AtomicInteger claims = new AtomicInteger();
        volatile List<JobClaim> returned = List.of();

        @Override
        public List<ClaimedJob> claim(ClaimRequest request) {
            // one start within 20 ms is a rate at which jobs are claimed ahead of their slots
            nanos.addAndGet(Duration.ofMillis(20).toNanos());
            return switch (claims.incrementAndGet()) {
                case 1 -> List.of(job(QUICK, request.claimId(), 0));
                case 2 -> {
                    while (claimer.running() > 0) {
                        Thread.onSpinWait();
                    }
                    yield List.of(job(LONG, request.claimId(), 0));
                }
                case 3, 4 -> List.of(job(ALONE, request.claimId(), 2));
                default -> List.of();
            };
        }

        @Override
        public int giveBack(long workerId, Collection<JobClaim> claims) {
            returned = List.copyOf(claims);
            returns.release();
            return claims.size();
        }

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            return endings.stream().map(ending -> Recorded.RECORDED).toList();
        }
    }

    private static ClaimedJob job(long id, long claim, int rescues) {
        return new ClaimedJob(
                id, claim, "q", "work", 1, 5, "{}", 1, rescues, 3, null, List.of(), Instant.EPOCH);
    }

    private Claimer claimer() {
        var handlers = new Handlers();
        handlers.add(
                WORK,
                (payload, job) -> {
                    if (job.id() == LONG) {
                        longMayEnd.await();
                    }
                    ran.add(job.id());
                    return null;
                });
        var random = new Random(1);
        var parts =
                new WorkerParts(
                        store,
                        handlers,
                        new JobRunner(
                                handlers,
                                new RunTools(
                                        new Json(),
                                        Clock.systemUTC(),
                                        random,
                                        1 << 20,
                                        new Watchdog(Clock.systemUTC()),
                                        new Reporter(store, random),
                                        request -> {
                                            throw new IllegalStateException(
                                                    "nothing follows, got " + request);
                                        }),
                                id -> true),
                        new Completer(store, random, (live, ending, recorded) -> {}),
                        gate,
                        Clock.systemUTC(),
                        () -> {
                            readings.incrementAndGet();
                            return nanos.get();
                        },
                        random,
                        workerId -> true,
                        () -> {},
                        lost -> {});
        var holdings = new Holdings();
        holdings.registered(1);
        return new Claimer(parts, holdings, "q", 1);
    }

    @AfterEach
    void stop() throws InterruptedException {
        longMayEnd.countDown();
        claimer.drain(Duration.ofSeconds(5));
    }

    @Test
    void aJobThatMustRunAloneIsPutOffWhileEverySlotIsTakenAndHoldsUpNobody()
            throws InterruptedException {
        claimer.start();
        store.returns.acquire();
        assertThat(store.returned).extracting(JobClaim::jobId).containsExactly(ALONE);
        assertThat(gate.isOpen()).as("other queues go on").isTrue();
        assertThat(ran).containsExactly(QUICK);

        // it looks at its needs each time it is woken, by the clock among others
        for (int looks = 0; looks < 10; looks++) {
            int before = readings.get();
            claimer.wake();
            while (readings.get() == before) {
                Thread.onSpinWait();
            }
        }
        assertThat(store.claims).as("nothing more is claimed without a free slot").hasValue(3);

        longMayEnd.countDown();
        ran.take();
        assertThat(ran.take()).isEqualTo(LONG);
        assertThat(ran.take()).as("claimed again for the free slot").isEqualTo(ALONE);
        assertThat(store.returns.availablePermits()).isZero();
    }
}
