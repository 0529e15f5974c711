package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.NoStore;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.Recorded;
import dev.millrace.store.Signals;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** Decision 6: a worker that stood still beats before it starts anything. */
@Timeout(60)
final class WorkerTest {
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final AtomicLong nanos = new AtomicLong();
    private final BlockingQueue<Long> runs = new LinkedBlockingQueue<>();
    private final Store store = new Store();
    private final Worker worker = worker();

    private enum Answer {
        NONE,
        ALIVE,
        DEAD
    }

    /** One job; the process stands still for a lease while it is claimed for the first time. */
    private final class Store extends NoStore {
        final Semaphore silentPulses = new Semaphore(0);
        final AtomicLong workers = new AtomicLong();
        volatile Answer answer = Answer.ALIVE;
        volatile Answer afterwards = Answer.NONE;
        volatile Runnable beforeSecondId = () -> {};
        volatile CountDownLatch beforeClaim = new CountDownLatch(0);
        private boolean stoodStill;
        private long claimedBy;
        private volatile @Nullable Thread claimer;

        @Override
        public long register(WorkerInfo info) {
            long id = workers.incrementAndGet();
            if (id == 2) {
                beforeSecondId.run();
            }
            return id;
        }

        /** Until the answer to a claim was taken in and the claimer has nothing more to do. */
        void awaitClaimerAtRest() {
            while (claimer == null || claimer.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void deregister(long workerId) {
            assertThat(workerId).isEqualTo(workers.get());
        }

        @Override
        public Signals signals() {
            return new Signals() {
                @Override
                public Subscription onWork(Runnable listener) {
                    return () -> {};
                }

                @Override
                public void announce() {}
            };
        }

        @Override
        public List<ClaimedJob> claim(ClaimRequest request) {
            claimer = Thread.currentThread();
            try {
                beforeClaim.await();
            } catch (InterruptedException e) {
                throw new MillraceException(
                        MillraceException.Code.STORE_UNAVAILABLE, "interrupted");
            }
            return answered(request);
        }

        private synchronized List<ClaimedJob> answered(ClaimRequest request) {
            if (claimedBy == request.workerId()) {
                return List.of();
            }
            claimedBy = request.workerId();
            if (!stoodStill) {
                stoodStill = true;
                answer = afterwards;
                nanos.addAndGet(LEASE.toNanos());
            }
            return List.of(
                    new ClaimedJob(
                            7,
                            request.claimId(),
                            "q",
                            "work",
                            1,
                            5,
                            "{}",
                            1,
                            0,
                            3,
                            null,
                            List.of(),
                            Instant.EPOCH));
        }

        @Override
        public synchronized PulseAnswer pulse(Pulse pulse) {
            if (answer == Answer.NONE) {
                silentPulses.release();
                throw new MillraceException(
                        MillraceException.Code.STORE_UNAVAILABLE, "the store is away");
            }
            boolean alive = answer == Answer.ALIVE || pulse.workerId() > 1;
            return new PulseAnswer(
                    alive, 0, List.of(), null, Set.of(), Map.of(), 0, Set.of(), null, Map.of(),
                    false, false);
        }

        @Override
        public List<JobClaim> held(long workerId, long afterJobId, int max) {
            return List.of();
        }

        @Override
        public int giveBack(long workerId, Collection<JobClaim> claims) {
            return claims.size();
        }

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            return endings.stream().map(ending -> Recorded.RECORDED).toList();
        }
    }

    private Worker worker() {
        var handlers = new Handlers();
        handlers.add(
                WORK,
                (payload, job) -> {
                    runs.add(((HandlerContext) job).live().workerId());
                    return null;
                });
        var random = new Random(1);
        var clock = Clock.systemUTC();
        var info = new WorkerInfo("w", "1", Map.of("q", 1), Instant.EPOCH);
        return new Worker(
                new Worker.Parts(
                        store,
                        info,
                        handlers,
                        new JobRunner(
                                handlers,
                                new RunTools(
                                        new Json(),
                                        clock,
                                        random,
                                        1 << 20,
                                        new Watchdog(clock),
                                        new Reporter(store, random),
                                        request -> {
                                            throw new IllegalStateException(
                                                    "nothing follows, got " + request);
                                        }),
                                id -> true),
                        clock,
                        nanos::get,
                        random,
                        Duration.ofSeconds(2),
                        LEASE,
                        new Reporter(store, random)),
                new Worker.PulseListener() {
                    @Override
                    public boolean answered(PulseAnswer answer, long askedNanos) {
                        return false;
                    }

                    @Override
                    public void failed() {}
                },
                (job, ending, recorded) -> {});
    }

    @AfterEach
    void drain() throws InterruptedException {
        store.answer = Answer.ALIVE;
        worker.drain(Duration.ofSeconds(5));
    }

    @Test
    void whatWasClaimedAfterStandingStillForALeaseStartsOnlyWhenABeatWasAnswered()
            throws InterruptedException {
        worker.start();
        store.silentPulses.acquire(3);
        assertThat(runs).isEmpty();
        store.answer = Answer.ALIVE;
        assertThat(runs.take()).isEqualTo(1);
    }

    @Test
    void whatWasClaimedByAWorkerThatThenLearnsItIsDeadIsNotStartedUnderItsName()
            throws InterruptedException {
        store.afterwards = Answer.DEAD;
        worker.start();
        assertThat(runs.take()).as("only the claim under the new id").isEqualTo(2);
        assertThat(runs).isEmpty();
        assertThat(worker.id()).isEqualTo(2);
    }

    @Test
    void whatIsTakenInWhileTheNewIdIsAskedForIsNotStartedUnderTheOldOne()
            throws InterruptedException {
        var registering = new CountDownLatch(1);
        store.beforeSecondId =
                () -> {
                    registering.countDown();
                    store.awaitClaimerAtRest();
                };
        store.beforeClaim = registering;
        store.answer = Answer.DEAD;
        store.afterwards = Answer.DEAD;
        worker.start();
        assertThat(runs.take()).as("only the claim under the new id").isEqualTo(2);
        assertThat(runs).isEmpty();
    }

    @Test
    void whoLookedUnderTheOldIdInVainLooksAgainUnderTheNewOne() throws InterruptedException {
        store.claimedBy = 1;
        store.stoodStill = true;
        store.beforeSecondId = store::awaitClaimerAtRest;
        store.answer = Answer.DEAD;
        worker.start();
        assertThat(runs.take()).isEqualTo(2);
    }
}
