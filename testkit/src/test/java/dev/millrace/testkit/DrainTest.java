package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.RescueAnswer.Outcome;
import dev.millrace.testkit.contract.Bench;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** What closing does when the store is away or a handler never ends. */
@Timeout(60)
class DrainTest {
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Keeps an account of what the engine does to it; takes nothing back when it is away. */
    private static final class Watched extends MemoryStore {
        final AtomicLong nanos = new AtomicLong();
        final Semaphore beats = new Semaphore(0);
        final Semaphore refusedReturns = new Semaphore(0);
        volatile boolean standsStill;
        volatile boolean away;
        volatile boolean closed;

        private void answer() {
            if (away) {
                throw new MillraceException(
                        MillraceException.Code.STORE_UNAVAILABLE, "the store is away");
            }
        }

        /** When it should, the process stands still for a lease, so that nothing may start. */
        @Override
        public List<ClaimedJob> claim(ClaimRequest request) {
            var jobs = super.claim(request);
            if (standsStill && !jobs.isEmpty()) {
                away = true;
                nanos.addAndGet(Duration.ofMinutes(1).toNanos());
            }
            return jobs;
        }

        @Override
        public PulseAnswer pulse(Pulse pulse) {
            answer();
            var answer = super.pulse(pulse);
            if (pulse.beat()) {
                beats.release();
            }
            return answer;
        }

        @Override
        public int giveBack(long workerId, Collection<JobClaim> claims) {
            if (away) {
                refusedReturns.release();
            }
            answer();
            return super.giveBack(workerId, claims);
        }

        @Override
        public void close() {
            closed = true;
            super.close();
        }
    }

    @Test
    void jobsThatCannotBeGivenBackAtTheEndAreLeftToOthersAndWhatRunsIsStillRecorded()
            throws InterruptedException {
        var store = new Watched();
        var running = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var first =
                Millrace.builder()
                        .store(store)
                        .nanos(store.nanos::get)
                        .onlyNamedQueues()
                        .queue("a", 4)
                        .queue("b", 4)
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    running.countDown();
                                    mayEnd.await();
                                    return "first";
                                })
                        .start();
        var web = Millrace.builder().store(store.reopen()).start();
        var runs = web.enqueue(WORK.with(new RawJson("1")).queue("b"));
        running.await();
        store.standsStill = true;
        var waits = web.enqueue(WORK.with(new RawJson("2")).queue("a"));
        while (!(web.store().find(waits.id()).orElseThrow().state() instanceof JobState.Running)
                || !store.away) {
            Thread.onSpinWait();
        }
        var closing = Thread.ofPlatform().start(first::close);
        store.refusedReturns.acquire();
        mayEnd.countDown();
        closing.join();
        assertThat(store.closed).isTrue();
        assertThat(runs.await(SOON).orElseThrow().as(String.class)).isEqualTo("first");
        assertThat(web.store().find(waits.id()).orElseThrow().state())
                .as("still in its name, unstarted")
                .isInstanceOf(JobState.Running.class);

        var left = web.store().workers().getFirst();
        assertThat(web.store().rescue(left.id(), beatOf(web, left.id()), 100, Instant.now()))
                .matches(answer -> answer.outcome() == Outcome.CLEARED && answer.returned() == 1);
        try (var second =
                Millrace.builder()
                        .store(store.reopen())
                        .onlyNamedQueues()
                        .queue("a", 4)
                        .handle(WORK, (payload, job) -> "second")
                        .start()) {
            assertThat(waits.await(SOON).orElseThrow().as(String.class)).isEqualTo("second");
            assertThat(second.refusedEndings()).isZero();
        }
        web.close();
    }

    private static long beatOf(Millrace millrace, long worker) {
        return millrace
                .store()
                .pulse(new Pulse(0, false, 0, List.of(), Instant.now()))
                .others()
                .stream()
                .filter(other -> other.workerId() == worker)
                .findFirst()
                .orElseThrow()
                .beat();
    }

    @Test
    void anInterruptedCloseEndsWhatRunsBeforeItClosesTheStore() throws InterruptedException {
        var store = new Watched();
        var running = new CountDownLatch(1);
        var first =
                Millrace.builder()
                        .store(store)
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    running.countDown();
                                    new CountDownLatch(1).await();
                                    return "never";
                                })
                        .start();
        var web = Millrace.builder().store(store.reopen()).start();
        var job = web.enqueue(WORK.with(new RawJson("1")));
        running.await();
        var kept = new AtomicBoolean();
        Thread.ofPlatform()
                .start(() -> {
                    Thread.currentThread().interrupt();
                    first.close();
                    kept.set(Thread.interrupted());
                })
                .join();
        assertThat(kept).isTrue();
        assertThat(store.closed).isTrue();
        assertThat(first.running()).isZero();
        assertThat(web.store().workers()).isEmpty();
        assertThat(web.store().find(job.id()).orElseThrow().state())
                .isInstanceOf(JobState.Available.class);
        web.close();
    }

    @Test
    void aHandlerThatDoesNotEndKeepsItsWorkerBeatingAfterTheClose() throws InterruptedException {
        var store = new Watched();
        var running = new CountDownLatch(1);
        var mayEnd = new Semaphore(0);
        var first =
                Millrace.builder()
                        .store(store)
                        .heartbeat(Duration.ofMillis(100))
                        .drain(Duration.ZERO)
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    running.countDown();
                                    mayEnd.acquireUninterruptibly();
                                    return "done after all";
                                })
                        .start();
        var web = Millrace.builder().store(store.reopen()).start();
        var job = web.enqueue(WORK.with(new RawJson("1")));
        running.await();
        first.close();
        assertThat(store.closed).isFalse();
        assertThat(first.running()).isEqualTo(1);
        store.beats.drainPermits();
        store.beats.acquire(3);
        var seen = beatOf(web, first.workerId());
        Bench.await("it beats on", () -> beatOf(web, first.workerId()) != seen);
        assertThat(web.store().rescue(first.workerId(), seen, 100, Instant.now()).outcome())
                .as("nobody can rob it")
                .isEqualTo(Outcome.ALIVE);
        mayEnd.release();
        assertThat(job.await(SOON).orElseThrow().as(String.class)).isEqualTo("done after all");
        assertThat(first.refusedEndings()).isZero();
        web.close();
    }
}
