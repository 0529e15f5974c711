package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.testkit.FakeClock;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a handler sees that comes to the same call again: in the same attempt after a failure, or in
 * a later one. Every engine runs it unchanged; a subclass says how to open a store.
 */
public abstract class RepeatEngineContract extends EngineBench {
    private static final RetryPolicy AT_ONCE =
            RetryPolicy.standard().attempts(3).backoff(Duration.ZERO, Duration.ZERO);
    private static final Task<Note> LONG = WORK.retry(AT_ONCE);

    private final Set<Thread> failed = ConcurrentHashMap.newKeySet();

    /** No engine opened yet. */
    protected RepeatEngineContract() {}

    private MillraceBuilder worker() {
        return Millrace.builder().store(reopen()).queue("default", 1);
    }

    @Test
    void aStepThatFailedIsDoneWhenItIsAskedForAgain() throws InterruptedException {
        var web = web(openStore());
        var calls = new AtomicInteger();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    var each =
                                            job.parallel(
                                                    List.of("a", "b", "c"),
                                                    2,
                                                    AT_ONCE,
                                                    item -> job.step(item, String.class, once()));
                                    job.retrying(
                                            AT_ONCE, () -> job.step("own", String.class, once()));
                                    calls.incrementAndGet();
                                    return each;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).as(Object.class)).isEqualTo(List.of("done", "done", "done"));
        assertThat(calls).hasValue(1);
        assertThat(look(web, job).attempts()).hasSize(1);
    }

    @Test
    void aStepInsideAnotherIsRefusedBeforeItIsDone() throws InterruptedException {
        var web = web(openStore());
        var inner = new AtomicInteger();
        var once = LONG.retry(RetryPolicy.never());
        start(
                worker().handle(
                                once,
                                (note, job) ->
                                        job.step(
                                                "outer",
                                                Integer.class,
                                                () ->
                                                        job.step(
                                                                "inner",
                                                                Integer.class,
                                                                inner::incrementAndGet))));
        var job = web.enqueue(once.with(new Note("a")));
        assertThat(await(job).isCompleted()).isFalse();
        assertThat(error(look(web, job).attempts().getLast()).message())
                .contains("'inner' inside 'outer'");
        assertThat(inner).hasValue(0);
        assertThat(web.report(job.id()).steps()).isEmpty();
    }

    /** Fails at each thread's first call. */
    private Callable<String> once() {
        return () -> {
            if (failed.add(Thread.currentThread())) {
                throw new IOException("the first call of a thread fails");
            }
            return "done";
        };
    }

    @Test
    void aSignalThatComesAfterItsWaitWasOverIsForTheNextWait() throws InterruptedException {
        var clock = new FakeClock();
        var web = start(Millrace.builder().store(openStore()).clock(clock));
        var job = web.enqueue(LONG.with(new Note("a")));
        var reminded = new AtomicInteger();
        start(
                worker().clock(clock)
                        .handle(
                                LONG,
                                (note, context) -> {
                                    var first =
                                            context.waitFor(
                                                    "approval", String.class, Duration.ofHours(1));
                                    if (first.isPresent()) {
                                        return "in time";
                                    }
                                    context.step("remind", reminded::incrementAndGet);
                                    return context.waitFor("approval", String.class);
                                }));
        until("it waits", () -> "approval".equals(web.report(job.id()).waitsFor()));
        clock.advance(Duration.ofHours(1));
        until("it waits again", () -> ends(look(web, job)).size() == 2);
        web.signal(job.id(), "approval", "late");
        assertThat(await(job).as(String.class)).isEqualTo("late");
        assertThat(reminded).hasValue(1);
    }

    @Test
    void anItemThatWaitsLetsItsNeighboursComeToTheirEnds() throws InterruptedException {
        var web = web(openStore());
        var begun = new CountDownLatch(1);
        var waits = new AtomicReference<@Nullable Thread>();
        var charged = new AtomicInteger();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    job.parallel(
                                            List.of("waits", "charges"),
                                            2,
                                            item -> {
                                                if (item.equals("waits")) {
                                                    waits.set(Thread.currentThread());
                                                    await(begun);
                                                    return job.waitFor("go", String.class);
                                                }
                                                return job.step(
                                                        "charge",
                                                        Integer.class,
                                                        () -> {
                                                            int count = charged.incrementAndGet();
                                                            begun.countDown();
                                                            join(waits);
                                                            return count;
                                                        });
                                            });
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        until("it waits", () -> "go".equals(web.report(job.id()).waitsFor()));
        web.signal(job.id(), "go", "now");
        assertThat(await(job).isCompleted()).isTrue();
        assertThat(charged).hasValue(1);
    }

    private static void join(AtomicReference<@Nullable Thread> thread) throws InterruptedException {
        until("it began", () -> thread.get() != null);
        Objects.requireNonNull(thread.get()).join();
    }
}
