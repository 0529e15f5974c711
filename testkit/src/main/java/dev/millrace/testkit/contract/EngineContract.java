package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;
import dev.millrace.queue.JobHandle;
import dev.millrace.queue.JobResult;
import dev.millrace.store.JobStore;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.WorkerInfo;
import dev.millrace.testkit.FakeClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
public abstract class EngineContract {
    private static final Duration SOON = Duration.ofSeconds(30);

    record Note(String text) {}

    static final Task<Note> WORK = Task.named("work", Note.class);
    static final Task<Note> QUICK =
            WORK.retry(RetryPolicy.standard().attempts(3).backoff(Duration.ZERO, Duration.ZERO));

    private final List<Millrace> open = new ArrayList<>();

    /** No engine opened yet. */
    protected EngineContract() {}

    /** A fresh, empty database for this test. */
    protected abstract JobStore openStore();

    /** The same database once more, as another process would open it. */
    protected abstract JobStore reopen();

    @AfterEach
    final void closeAll() {
        open.reversed().forEach(Millrace::close);
    }

    private Millrace start(MillraceBuilder builder) {
        var millrace = builder.drain(Duration.ofSeconds(5)).start();
        open.add(millrace);
        return millrace;
    }

    private static JobResult await(JobHandle job) throws InterruptedException {
        return job.await(SOON).orElseThrow(() -> new AssertionError(job + " did not end"));
    }

    private static JobSnapshot look(Millrace millrace, JobHandle job) {
        return millrace.store().find(job.id()).orElseThrow();
    }

    private static List<Object> selfContaining() {
        var list = new ArrayList<Object>();
        list.add(list);
        return list;
    }

    private static ErrorInfo error(Attempt attempt) {
        return Objects.requireNonNull(attempt.error(), "the attempt's error");
    }

    private static List<Attempt.End> ends(JobSnapshot job) {
        return job.attempts().stream().map(Attempt::end).toList();
    }

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
    void aFailingJobIsTriedAgainUntilItSucceeds() throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        QUICK,
                                        (note, job) -> {
                                            if (job.attempt() < 3) {
                                                throw new IllegalStateException("not yet");
                                            }
                                            return job.attempt();
                                        }));
        var job = m.enqueue(QUICK.with(new Note("a")));
        assertThat(await(job).as(Integer.class)).isEqualTo(3);
        assertThat(ends(look(m, job)))
                .containsExactly(Attempt.End.FAILED, Attempt.End.FAILED, Attempt.End.COMPLETED);
    }

    @Test
    void aJobWhoseAttemptsAreUsedUpIsDiscardedWithItsErrorAndCanBeRetriedByHand()
            throws InterruptedException {
        var broken = new Semaphore(0);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        QUICK,
                                        (note, job) -> {
                                            if (!broken.tryAcquire()) {
                                                throw new StackOverflowError("deep");
                                            }
                                            return null;
                                        }));
        var job = m.enqueue(QUICK.with(new Note("a")).maxAttempts(2));
        assertThat(await(job).state()).isInstanceOf(JobState.Discarded.class);
        var last = look(m, job).attempts().getLast();
        assertThat(error(last).type()).isEqualTo("java.lang.StackOverflowError");
        assertThat(look(m, job).attempts()).hasSize(2);

        broken.release();
        m.store().retry(List.of(job.id()), Instant.now());
        assertThat(awaitState(m, job, JobState.Name.COMPLETED).attempt()).isEqualTo(1);
    }

    @Test
    void verdictsDecideByException() throws InterruptedException {
        var seen = new ConcurrentHashMap<String, AtomicInteger>();
        var task =
                QUICK.on(IllegalArgumentException.class, Verdict.discard())
                        .on(UnsupportedOperationException.class, Verdict.skip())
                        .on(IllegalStateException.class, Verdict.snooze(Duration.ZERO))
                        .on(ArithmeticException.class, Verdict.retryAfter(Duration.ZERO));
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        task,
                                        (note, job) -> {
                                            int times =
                                                    seen.computeIfAbsent(
                                                                    note.text(),
                                                                    t -> new AtomicInteger())
                                                            .incrementAndGet();
                                            if (times > 5) {
                                                return job.attempt();
                                            }
                                            throw switch (note.text()) {
                                                case "discard" -> new IllegalArgumentException("x");
                                                case "skip" -> new UnsupportedOperationException();
                                                case "snooze" -> new IllegalStateException();
                                                default -> new ArithmeticException();
                                            };
                                        }));
        var discarded = m.enqueue(task.with(new Note("discard")));
        var skipped = m.enqueue(task.with(new Note("skip")));
        var snoozed = m.enqueue(task.with(new Note("snooze")));
        var retried = m.enqueue(task.with(new Note("retry")));
        assertThat(await(discarded).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(ends(look(m, discarded))).containsExactly(Attempt.End.DISCARDED);
        assertThat(await(skipped).isCompleted()).isTrue();
        assertThat(ends(look(m, skipped))).containsExactly(Attempt.End.SKIPPED);
        assertThat(await(snoozed).as(Integer.class)).isEqualTo(1);
        assertThat(ends(look(m, snoozed))).hasSize(6);
        assertThat(await(retried).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(look(m, retried).attempts()).hasSize(3);
    }

    @Test
    void aHandlerThatAnswersRubbishCostsNeitherItsJobNorItsSlot() throws InterruptedException {
        var task =
                QUICK.on(
                                IllegalStateException.class,
                                thrown -> {
                                    throw new AssertionError("a broken verdict");
                                })
                        .on(ArithmeticException.class, thrown -> nothing());
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .queue("default", 1)
                                .handle(
                                        task,
                                        (note, job) ->
                                                switch (note.text()) {
                                                    case "skip" -> job.skip(nothing());
                                                    case "discard" -> job.discard(nothing());
                                                    case "error" ->
                                                            throw new IllegalStateException();
                                                    case "null" -> throw new ArithmeticException();
                                                    default -> "fine";
                                                }));
        var skipped = m.enqueue(task.with(new Note("skip")));
        var discarded = m.enqueue(task.with(new Note("discard")));
        var error = m.enqueue(task.with(new Note("error")));
        var none = m.enqueue(task.with(new Note("null")));
        var fine = m.enqueue(task.with(new Note("fine")).priority(0));
        assertThat(await(skipped).isCompleted()).isTrue();
        assertThat(await(discarded).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(await(error).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(await(none).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(await(fine).as(String.class)).isEqualTo("fine");
        long end = System.nanoTime() + SOON.toNanos();
        while (m.running() > 0 && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        assertThat(m.running()).isZero();
    }

    /** What code without null checks may hand over, whatever the types say. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    void aResultThatIsTooLargeOrHasNoJsonSetsTheJobAsideAndHarmsNoOther()
            throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        WORK,
                                        (note, job) ->
                                                note.text().equals("big")
                                                        ? "x".repeat(2 << 20)
                                                        : note.text().equals("odd")
                                                                ? selfContaining()
                                                                : "fine"));
        var big = m.enqueue(WORK.with(new Note("big")));
        var odd = m.enqueue(WORK.with(new Note("odd")));
        var fine = m.enqueue(WORK.with(new Note("fine")));
        assertThat(await(big).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(await(odd).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(await(fine).as(String.class)).isEqualTo("fine");
        assertThat(error(look(m, big).attempts().getFirst()).message())
                .contains("at most 1048576 bytes");
    }

    @Test
    void aPayloadThatDoesNotFitIsSetAsideVisibly() throws InterruptedException {
        var raw = Task.named("work", RawJson.class);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(WORK, (note, job) -> note.text()));
        var job = m.enqueue(raw.with(new RawJson("[1,2]")));
        assertThat(await(job).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(error(look(m, job).attempts().getFirst()).message())
                .contains("must be JSON that fits");
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

    private static void declareDead(JobStore observer, long workerId) {
        long me =
                observer.register(
                        new WorkerInfo("observer", "1", Map.of("none", 1), Instant.now()));
        Sighting victim =
                observer.pulse(new Pulse(me, false, 0, List.of(), Instant.now())).others().stream()
                        .filter(other -> other.workerId() == workerId)
                        .findFirst()
                        .orElseThrow();
        observer.rescue(workerId, victim.beat(), 100, Instant.now());
        observer.deregister(me);
    }

    @Test
    void everyFaultOfAConfigurationIsNamedAtOnce() {
        var store = openStore();
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() ->
                        Millrace.builder()
                                .store(store)
                                .handle(WORK, (note, job) -> null)
                                .handle(WORK, (note, job) -> null)
                                .queue("bad name", 0)
                                .heartbeat(Duration.ofSeconds(9))
                                .start())
                .withMessageContaining("each kind must have one handler")
                .withMessageContaining("U+0020")
                .withMessageContaining("slots must be")
                .withMessageContaining("third of the lease");
        store.close();
    }

    @Test
    void aRequestThatCanNeverBeAcceptedIsRefusedAndNothingIsStored() throws Exception {
        var m = start(Millrace.builder().store(openStore()));
        var raw = Task.named("work", RawJson.class);
        for (String bad : List.of("", "{", "{} {}", "nul", "\"\u0001\"", "[".repeat(200))) {
            assertThatExceptionOfType(MillraceException.class)
                    .as(bad)
                    .isThrownBy(() -> m.enqueue(raw.with(new RawJson(bad))))
                    .withMessageContaining("nothing was stored");
        }
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> m.enqueue(WORK.with(new Note("x".repeat(2 << 20)))))
                .withMessageContaining("at most 1048576 bytes");
        assertThat(m.store().queues()).isEmpty();
        var odd = m.enqueue(WORK.with(new Note("lone \ud800 surrogate")));
        assertThat(look(m, odd).payload()).contains("\\ud800");
    }

    private static JobSnapshot awaitState(Millrace m, JobHandle job, JobState.Name name)
            throws InterruptedException {
        long end = System.nanoTime() + SOON.toNanos();
        while (System.nanoTime() - end < 0) {
            var result = job.await(Duration.ofMillis(100));
            if (result.isPresent() && result.get().state().name() == name) {
                return look(m, job);
            }
        }
        throw new AssertionError(job + " is " + look(m, job).state());
    }
}
