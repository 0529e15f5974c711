package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;
import dev.millrace.queue.JobResult;
import dev.millrace.store.JobStore;
import dev.millrace.store.Pulse;
import dev.millrace.store.RescueAnswer;

import org.junit.jupiter.api.AfterEach;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Whole engines on one database, each as a process of its own would run it; closed afterwards. */
abstract class EngineBench {
    /** Longer than anything takes that a test waits for. */
    static final Duration SOON = Duration.ofSeconds(60);

    /** A payload. */
    record Note(String text) {}

    /** A task with every default. */
    static final Task<Note> WORK = Task.named("work", Note.class);

    private final List<Millrace> open = new ArrayList<>();

    /** A fresh, empty database for this test. */
    protected abstract JobStore openStore();

    /** The same database once more, as another process would open it. */
    protected abstract JobStore reopen();

    @AfterEach
    final void closeAll() {
        open.reversed().forEach(Millrace::close);
    }

    Millrace start(MillraceBuilder builder) {
        return start(builder, Duration.ofSeconds(5));
    }

    Millrace start(MillraceBuilder builder, Duration drain) {
        var millrace = builder.drain(drain).start();
        open.add(millrace);
        return millrace;
    }

    /** A process that enqueues and runs nothing. */
    Millrace web(JobStore store) {
        return start(Millrace.builder().store(store));
    }

    static JobResult await(JobHandle job) throws InterruptedException {
        return job.await(SOON).orElseThrow(() -> new AssertionError(job + " did not end"));
    }

    static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(SOON.toSeconds(), TimeUnit.SECONDS)).as("in time").isTrue();
    }

    /** Looks again and again until it is so. */
    static void until(String what, BooleanSupplier so) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as(what).isNegative();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** As an observer does whose clock runs too fast; again when the worker beat meanwhile. */
    static void declareDead(JobStore store, long worker) {
        until(
                "it is cleared away",
                () -> {
                    var look = new Pulse(0, false, 0, List.of(), Instant.now());
                    return store.pulse(look).others().stream()
                            .filter(each -> each.workerId() == worker)
                            .noneMatch(each ->
                                    store.rescue(worker, each.beat(), 100, Instant.now()).outcome()
                                            != RescueAnswer.Outcome.CLEARED);
                });
    }

    static JobSnapshot look(Millrace millrace, JobHandle job) {
        return millrace.store().find(job.id()).orElseThrow();
    }

    static List<Attempt.End> ends(JobSnapshot job) {
        return job.attempts().stream().map(Attempt::end).toList();
    }

    static ErrorInfo error(Attempt attempt) {
        return Objects.requireNonNull(attempt.error(), "the attempt's error");
    }
}
