package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What people and timeouts do to jobs and queues while the whole engine works: cancelling,
 * interrupting, pausing, limiting. Every engine runs it unchanged; a subclass says how to open a
 * store.
 */
public abstract class InterventionEngineContract extends EngineBench {
    private static final Task<Note> QUICK =
            WORK.retry(RetryPolicy.standard().attempts(2).backoff(Duration.ZERO, Duration.ZERO));

    /** No engine opened yet. */
    protected InterventionEngineContract() {}

    @Test
    void aWaitingJobIsCancelledAtOnceWithItsReason() throws InterruptedException {
        var web = web(openStore());
        var available = web.enqueue(WORK.with(new Note("a")));
        var scheduled = web.enqueue(WORK.with(new Note("b")).delay(Duration.ofDays(1)));
        assertThat(web.cancel(available.id(), "no more")).contains(JobState.Name.AVAILABLE);
        assertThat(web.cancel(scheduled.id(), "no more")).contains(JobState.Name.SCHEDULED);
        assertThat(web.cancel(999_999_999L, "no more")).isEmpty();
        for (var job : List.of(available, scheduled)) {
            assertThat(await(job).state()).isInstanceOf(JobState.Cancelled.class);
            assertThat(error(look(web, job).attempts().getFirst()).message()).isEqualTo("no more");
        }
        assertThat(web.cancel(available.id(), "again")).contains(JobState.Name.CANCELLED);
    }

    @Test
    void aRunningHandlerIsInterruptedWhenAnotherProcessCancelsItsJob() throws InterruptedException {
        var started = new CountDownLatch(1);
        var told = new CountDownLatch(1);
        var web = web(openStore());
        start(
                Millrace.builder()
                        .store(reopen())
                        .handle(
                                WORK,
                                (note, job) -> {
                                    started.countDown();
                                    try {
                                        new CountDownLatch(1).await();
                                    } finally {
                                        if (job.isCancelled() && job.isHeld()) {
                                            told.countDown();
                                        }
                                    }
                                    return null;
                                }));
        var job = web.enqueue(WORK.with(new Note("long")));
        await(started);
        assertThat(web.cancel(job.id(), "no more")).contains(JobState.Name.RUNNING);
        assertThat(await(job).state()).isInstanceOf(JobState.Cancelled.class);
        await(told);
        assertThat(ends(look(web, job))).containsExactly(Attempt.End.CANCELLED);
    }

    @Test
    void aHandlerThatCompletesAllTheSameHasCompleted() throws InterruptedException {
        var started = new CountDownLatch(1);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            started.countDown();
                                            try {
                                                new CountDownLatch(1).await();
                                            } catch (InterruptedException e) {
                                                return "all the same";
                                            }
                                            return null;
                                        }));
        var job = m.enqueue(WORK.with(new Note("a")));
        await(started);
        m.cancel(job.id(), "no more");
        assertThat(await(job).as(String.class)).isEqualTo("all the same");
        assertThat(
                        await(m.enqueue(WORK.with(new Note("b")).timeout(Duration.ofMillis(20))))
                                .as(String.class))
                .isEqualTo("all the same");
    }

    @Test
    void aCancelledJobWhoseHandlerWantsToRunAgainDoesNot() throws InterruptedException {
        var started = new CountDownLatch(1);
        var web = web(openStore());
        start(
                Millrace.builder()
                        .store(reopen())
                        .handle(
                                QUICK,
                                (note, job) -> {
                                    started.countDown();
                                    try {
                                        new CountDownLatch(1).await();
                                    } catch (InterruptedException e) {
                                        return job.snooze(Duration.ZERO, "later");
                                    }
                                    return null;
                                }));
        var job = web.enqueue(QUICK.with(new Note("a")));
        await(started);
        web.cancel(job.id(), "no more");
        assertThat(await(job).state()).isInstanceOf(JobState.Cancelled.class);
    }

    @Test
    void anAttemptPastItsTimeoutIsInterruptedAndTriedAgainUntilItsAttemptsAreUsedUp()
            throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        QUICK.timeout(Duration.ofMillis(20)),
                                        (note, job) -> {
                                            if (note.text().equals("quick")) {
                                                return "quick";
                                            }
                                            new CountDownLatch(1).await();
                                            return null;
                                        }));
        var slow = m.enqueue(QUICK.with(new Note("slow")));
        var own = m.enqueue(QUICK.with(new Note("slow")).timeout(Duration.ofMillis(1)));
        var quick = m.enqueue(QUICK.with(new Note("quick")).timeout(Duration.ofDays(1)));
        for (var job : List.of(slow, own)) {
            assertThat(await(job).state()).isInstanceOf(JobState.Discarded.class);
            var attempts = look(m, job).attempts();
            assertThat(attempts)
                    .extracting(Attempt::end)
                    .containsExactly(Attempt.End.FAILED, Attempt.End.DISCARDED);
            assertThat(attempts).allMatch(attempt -> error(attempt).type().equals("timeout"));
        }
        assertThat(error(look(m, own).attempts().getFirst()).message()).contains("PT0.001S");
        assertThat(await(quick).as(String.class)).isEqualTo("quick");
    }

    @Test
    void aPausedQueueRestsWhileOthersWorkAndGoesOnWhenResumed() throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .queue("other", 4)
                                .handle(WORK, (note, job) -> note.text()));
        m.pause("default");
        var paused = new ArrayList<JobHandle>();
        for (int i = 0; i < 20; i++) {
            paused.add(m.enqueue(WORK.with(new Note("p" + i))));
            assertThat(await(m.enqueue(WORK.with(new Note("o")).queue("other"))).isCompleted())
                    .isTrue();
        }
        for (var job : paused) {
            assertThat(look(m, job).state()).isInstanceOf(JobState.Available.class);
        }
        m.resume("default");
        for (var job : paused) {
            assertThat(await(job).isCompleted()).isTrue();
        }
    }

    @Test
    void aPauseByAnotherProcessIsHeededAndItsEndToo() throws InterruptedException {
        var web = web(openStore());
        start(Millrace.builder().store(reopen()).handle(WORK, (note, job) -> null));
        assertThat(await(web.enqueue(WORK.with(new Note("first")))).isCompleted()).isTrue();
        web.pause("default");
        JobHandle left;
        long end = System.nanoTime() + SOON.toNanos();
        do {
            assertThat(System.nanoTime()).as("heeded in time").isLessThan(end);
            left = web.enqueue(WORK.with(new Note("probe")));
            // one that does not end in time may be under way on a machine that does other things
        } while (left.await(Duration.ofSeconds(2)).isPresent()
                || !(look(web, left).state() instanceof JobState.Available));
        web.resume("default");
        assertThat(await(left).isCompleted()).isTrue();
    }

    @Test
    void aLimitHoldsOverTwoProcessesAndIsLiftedWhileTheyWork() throws InterruptedException {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        var together = new CountDownLatch(8);
        var processes = new ArrayList<Millrace>();
        var web = web(openStore());
        for (int i = 0; i < 2; i++) {
            var m =
                    start(
                            Millrace.builder()
                                    .store(reopen())
                                    .queue("default", 8)
                                    .handle(
                                            WORK,
                                            (note, job) -> {
                                                if (note.text().equals("together")) {
                                                    together.countDown();
                                                    together.await();
                                                    return null;
                                                }
                                                most.accumulateAndGet(
                                                        now.incrementAndGet(), Math::max);
                                                LockSupport.parkNanos(50_000);
                                                now.decrementAndGet();
                                                return null;
                                            }));
            m.limit("default", 2);
            processes.add(m);
        }
        var jobs = new ArrayList<JobHandle>();
        for (int i = 0; i < 100; i++) {
            jobs.add(web.enqueue(WORK.with(new Note("n" + i))));
        }
        for (var job : jobs) {
            assertThat(await(job).isCompleted()).isTrue();
        }
        assertThat(most.get()).isBetween(1, 2);
        processes.getFirst().limit("default", null);
        var all = new ArrayList<JobHandle>();
        for (int i = 0; i < 8; i++) {
            all.add(web.enqueue(WORK.with(new Note("together"))));
        }
        for (var job : all) {
            assertThat(await(job).isCompleted()).isTrue();
        }
    }
}
