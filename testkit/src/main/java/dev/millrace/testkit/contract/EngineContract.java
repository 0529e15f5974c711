package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.testkit.FakeClock;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * What the whole engine does on a store, with its real threads: enqueue, claim, run, retry, drain,
 * rescue. Every engine runs it unchanged; a subclass says how to open a store.
 */
public abstract class EngineContract extends EngineBench {
    /** No engine opened yet. */
    protected EngineContract() {}

    @Test
    void aJobIsRunAndItsResultAwaited() throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(WORK, (note, job) -> new Note(note.text() + "!")));
        var job = m.enqueue(WORK.with(new Note("hé\u0000llo")));
        assertThat(await(job).as(Note.class)).isEqualTo(new Note("hé\u0000llo!"));
        assertThat(look(m, job).state()).isInstanceOf(JobState.Completed.class);
    }

    @Test
    void aJobWaitsForAWorkerThatComesLaterAndElsewhere() throws InterruptedException {
        var web = start(Millrace.builder().store(openStore()));
        var job = web.enqueue(WORK.with(new Note("a")));
        assertThat(job.await(Duration.ofMillis(1))).isEmpty();
        start(Millrace.builder().store(reopen()).handle(WORK, (note, j) -> note));
        assertThat(await(job).isCompleted()).isTrue();
    }

    @Test
    void aDelayedJobStartsWhenTheClockSaysSoAndNotBefore() throws InterruptedException {
        var clock = new FakeClock();
        var ran = new CountDownLatch(1);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .clock(clock)
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            ran.countDown();
                                            return null;
                                        }));
        var later = m.enqueue(WORK.with(new Note("a")).delay(Duration.ofDays(2)));
        assertThat(await(m.enqueue(WORK.with(new Note("now")))).isCompleted()).isTrue();
        assertThat(look(m, later).state())
                .isEqualTo(new JobState.Scheduled(FakeClock.START.plus(Duration.ofDays(2)), false));
        clock.advance(Duration.ofDays(2).plusMillis(1));
        assertThat(await(later).isCompleted()).isTrue();
        assertThat(ran.getCount()).isZero();
    }

    @Test
    void slotsBoundWhatRunsAtOnceAndPriorityDecidesWhoIsFirst() throws InterruptedException {
        var order = new CopyOnWriteArrayList<String>();
        var store = openStore();
        var web = start(Millrace.builder().store(store));
        var last = web.enqueue(WORK.with(new Note("low")).priority(0));
        web.enqueue(WORK.with(new Note("mid-1")));
        web.enqueue(WORK.with(new Note("mid-2")));
        web.enqueue(WORK.with(new Note("high")).priority(9));
        start(
                Millrace.builder()
                        .store(reopen())
                        .queue("default", 1)
                        .handle(
                                WORK,
                                (note, job) -> {
                                    order.add(note.text());
                                    return null;
                                }));
        await(last);
        assertThat(order).containsExactly("high", "mid-1", "mid-2", "low");
    }

    @Test
    void thousandsOfJobsEachRunOnceAndNeverMoreAtOnceThanThereAreSlots()
            throws InterruptedException {
        int jobs = 5_000;
        var runs = new ConcurrentHashMap<Long, AtomicInteger>();
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        var done = new CountDownLatch(jobs);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .queue("default", 16)
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                                            runs.computeIfAbsent(
                                                            job.id(), id -> new AtomicInteger())
                                                    .incrementAndGet();
                                            now.decrementAndGet();
                                            done.countDown();
                                            return null;
                                        }));
        long accepted =
                m.enqueueAll(IntStream.range(0, jobs).mapToObj(i -> WORK.with(new Note("n" + i))));
        assertThat(accepted).isEqualTo(jobs);
        assertThat(done.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(runs).hasSize(jobs);
        assertThat(runs.values()).allMatch(times -> times.get() == 1);
        assertThat(most.get()).isLessThanOrEqualTo(16);
    }

    @Test
    void closingInterruptsWhatDoesNotEndAndItGoesBackUnspent() throws InterruptedException {
        var started = new CountDownLatch(1);
        var store = openStore();
        var web = start(Millrace.builder().store(store));
        var first =
                Millrace.builder()
                        .store(reopen())
                        .drain(Duration.ZERO)
                        .handle(
                                WORK,
                                (note, job) -> {
                                    started.countDown();
                                    new CountDownLatch(1).await();
                                    return null;
                                })
                        .start();
        var job = web.enqueue(WORK.with(new Note("long")));
        started.await();
        first.close();
        assertThat(look(web, job).state()).isInstanceOf(JobState.Available.class);
        assertThat(web.store().workers()).isEmpty();
        start(
                Millrace.builder()
                        .store(reopen())
                        .handle(WORK, (note, j) -> "attempt " + j.attempt()));
        assertThat(await(job).as(String.class)).isEqualTo("attempt 1");
        assertThat(ends(look(web, job)))
                .containsExactly(Attempt.End.INTERRUPTED, Attempt.End.COMPLETED);
    }

    @Test
    void aWorkerDeclaredDeadIsInterruptedRefusedAndRegistersAnew() throws InterruptedException {
        var started = new Semaphore(0);
        var lost = new CountDownLatch(1);
        var runs = new AtomicInteger();
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            started.release();
                                            if (runs.getAndIncrement() > 0) {
                                                return "again";
                                            }
                                            try {
                                                new CountDownLatch(1).await();
                                            } catch (InterruptedException e) {
                                                assertThat(job.isHeld()).isFalse();
                                                lost.countDown();
                                            }
                                            return "too late";
                                        }));
        var job = m.enqueue(WORK.with(new Note("a")));
        started.acquire();
        long before = m.workerId();
        var observer = reopen();
        declareDead(observer, before);
        assertThat(lost.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(await(job).as(String.class)).isEqualTo("again");
        assertThat(m.workerId()).isNotEqualTo(before);
        assertThat(ends(look(m, job))).containsExactly(Attempt.End.RESCUED, Attempt.End.COMPLETED);
        observer.close();
    }
}
