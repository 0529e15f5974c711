package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;
import dev.millrace.queue.JobHandle;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How the whole engine, with its real threads, treats jobs that do not simply succeed: failures,
 * verdicts, answers and requests that make no sense. Every engine runs it unchanged; a subclass
 * says how to open a store.
 */
public abstract class OutcomeEngineContract extends EngineBench {
    private static final Task<Note> QUICK =
            WORK.retry(RetryPolicy.standard().attempts(3).backoff(Duration.ZERO, Duration.ZERO));

    /** No engine opened yet. */
    protected OutcomeEngineContract() {}

    private static List<Object> selfContaining() {
        var list = new ArrayList<Object>();
        list.add(list);
        return list;
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
