package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.testkit.FakeClock;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * What can be seen of running jobs, and what becomes of those that hang. Every engine runs it
 * unchanged; a subclass says how to open a store.
 */
public abstract class WatchEngineContract extends EngineBench {
    private static final Task<Note> TWICE =
            WORK.retry(RetryPolicy.standard().attempts(2).backoff(Duration.ZERO, Duration.ZERO));

    /** No engine opened yet. */
    protected WatchEngineContract() {}

    private MillraceBuilder worker() {
        return Millrace.builder().store(reopen()).queue("default", 2);
    }

    @Test
    void progressAndLogAreSeenElsewhereWhileTheJobRuns() throws InterruptedException {
        var web = web(openStore());
        var seen = new CountDownLatch(1);
        start(
                worker().handle(
                                TWICE,
                                (note, job) -> {
                                    for (int i = 1; i <= 1000; i++) {
                                        job.progress(i, 4000, "page " + i);
                                    }
                                    job.log("a thousand done");
                                    job.log(LogLine.Level.WARN, "slow\u0000 \uD800");
                                    await(seen);
                                    job.progress(4000, 4000);
                                    return null;
                                }));
        var job = web.enqueue(TWICE.with(new Note("a")));
        until("its log is seen", () -> web.report(job.id()).log().size() == 2);
        var progress = Objects.requireNonNull(web.report(job.id()).progress());
        assertThat(progress.done()).isEqualTo(1000);
        assertThat(progress.total()).isEqualTo(4000);
        assertThat(progress.message()).isEqualTo("page 1000");
        assertThat(web.store().reports().progress(List.of(job.id(), 1L << 40)))
                .containsOnlyKeys(job.id());
        assertThat(look(web, job).state()).isInstanceOf(JobState.Running.class);
        seen.countDown();
        assertThat(await(job).isCompleted()).isTrue();
        var last = web.report(job.id());
        assertThat(Objects.requireNonNull(last.progress()).done())
                .as("what is said last is never lost")
                .isEqualTo(4000);
        assertThat(last.log())
                .extracting(LogLine::message)
                .containsExactly("a thousand done", "slow\uFFFD \uFFFD");
    }

    @Test
    void rateAndTimeLeftComeOfWhatWasDoneInThisAttempt() throws InterruptedException {
        var clock = new FakeClock();
        var web = start(Millrace.builder().store(openStore()).clock(clock));
        start(
                worker().clock(clock)
                        .handle(
                                TWICE,
                                (note, job) -> {
                                    job.progress(1000, 2000);
                                    clock.advance(Duration.ofSeconds(10));
                                    job.progress(1500, 2000);
                                    return null;
                                }));
        var job = web.enqueue(TWICE.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        Progress progress = Objects.requireNonNull(web.report(job.id()).progress());
        assertThat(progress.perSecond()).isEqualTo(50);
        assertThat(progress.left()).contains(Duration.ofSeconds(10));
    }

    @Test
    void manyLinesAreAllKeptWithinTheirBound() throws InterruptedException {
        var web = web(openStore());
        start(
                worker().handle(
                                TWICE,
                                (note, job) -> {
                                    for (int i = 0; i < 5000; i++) {
                                        job.log("line " + i);
                                    }
                                    return null;
                                }));
        var job = web.enqueue(TWICE.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        var expected = IntStream.range(0, 5000).mapToObj(i -> "line " + i).toList();
        assertThat(web.report(job.id()).log())
                .extracting(LogLine::message)
                .containsExactlyElementsOf(expected);
    }

    @Test
    void theLogStandsInTheOrderOfTheAttemptsWhateverTheirWorkersClocksSay()
            throws InterruptedException {
        var behind = new AtomicInteger();
        InstantSource clock = () -> Instant.now().minus(Duration.ofHours(behind.get()));
        var web = web(openStore());
        String long200 = "x".repeat(200);
        var task = WORK.retry(RetryPolicy.standard().attempts(3).fixed(Duration.ZERO));
        start(
                worker().clock(clock.withZone(ZoneOffset.UTC))
                        .handle(
                                task,
                                (note, job) -> {
                                    job.log("first of " + job.attempt());
                                    for (int i = 0; job.attempt() == 2 && i < 2_000; i++) {
                                        job.log(long200);
                                    }
                                    if (job.attempt() < 3) {
                                        behind.incrementAndGet();
                                        throw new IOException("again");
                                    }
                                    return null;
                                }));
        var job = web.enqueue(task.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        var log = web.report(job.id()).log().stream().map(LogLine::message).toList();
        assertThat(log.getLast()).as("the newest is kept").isEqualTo("first of 3");
        assertThat(log.contains("first of 1")).as("the oldest is there").isFalse();
    }

    private static void standHere(CountDownLatch until) throws InterruptedException {
        until.await();
    }

    @Test
    void theStackOfARunningThreadIsShownElsewhere() throws InterruptedException {
        var web = web(openStore());
        var seen = new CountDownLatch(1);
        start(
                worker().handle(
                                TWICE,
                                (note, job) -> {
                                    standHere(seen);
                                    return null;
                                }));
        var job = web.enqueue(TWICE.with(new Note("a")));
        until("it runs", () -> look(web, job).state() instanceof JobState.Running);
        assertThat(web.store().reports().askStack(job.id(), Instant.now()))
                .contains(JobState.Name.RUNNING);
        until("its stack is there", () -> web.report(job.id()).stack() != null);
        assertThat(Objects.requireNonNull(web.report(job.id()).stack()).text())
                .contains("WatchEngineContract.standHere");
        seen.countDown();
        assertThat(await(job).isCompleted()).isTrue();
    }

    @Test
    void anAttemptThatSaysNothingIsInterruptedWithItsStackKept() throws InterruptedException {
        var web = web(openStore());
        var often = RetryPolicy.standard().attempts(100).backoff(Duration.ZERO, Duration.ZERO);
        var task = WORK.retry(often).noProgressFor(Duration.ofMillis(50));
        var mayEnd = new AtomicBoolean();
        start(
                worker().handle(
                                task,
                                (note, job) -> {
                                    if (!mayEnd.get()) {
                                        standHere(new CountDownLatch(1));
                                    }
                                    return "at last";
                                }));
        var job = web.enqueue(task.with(new Note("a")));
        // one that was given no processor for so long is interrupted before it stands there
        until(
                "one is interrupted where it stands",
                () ->
                        look(web, job).attempts().stream()
                                .anyMatch(each ->
                                        error(each)
                                                .stack()
                                                .contains("WatchEngineContract.standHere")));
        mayEnd.set(true);
        assertThat(await(job).as(String.class)).isEqualTo("at last");
        var attempts = look(web, job).attempts();
        assertThat(attempts.subList(0, attempts.size() - 1))
                .allMatch(each -> each.end() == Attempt.End.FAILED)
                .allMatch(each -> error(each).type().equals("no-progress"));
    }

    @Test
    void aThreadThatWillNotDieKeepsItsSlotAndItsJobGoesOn() throws InterruptedException {
        var web = web(openStore());
        // long enough for the first to be where it hangs and for the second to end
        var task = TWICE.timeout(Duration.ofMillis(50)).abandonAfter(Duration.ofSeconds(2));
        var release = new CountDownLatch(1);
        var worker =
                start(
                        worker().handle(
                                        task,
                                        (note, job) -> {
                                            if (job.attempt() == 1) {
                                                waitWhatever(release);
                                                job.progress(1, 1, "from the grave");
                                            }
                                            return "attempt " + job.attempt();
                                        }));
        var job = web.enqueue(task.with(new Note("a")));
        assertThat(await(job).as(String.class)).isEqualTo("attempt 2");
        var first = look(web, job).attempts().getFirst();
        assertThat(first.end()).isEqualTo(Attempt.End.FAILED);
        assertThat(error(first).type()).isEqualTo("timeout");
        assertThat(error(first).message()).contains("did not end");
        assertThat(error(first).stack()).contains("waitWhatever");
        assertThat(worker.stuck()).isEqualTo(1);
        assertThat(worker.running()).isEqualTo(1);
        until(
                "the store knows",
                () -> web.store().workers().stream().anyMatch(each -> each.stuck() == 1));
        release.countDown();
        until("the thread has ended", () -> worker.running() == 0);
        assertThat(worker.stuck()).isZero();
        assertThat(web.report(job.id()).progress()).as("its late words are refused").isNull();
    }

    private static Task<Note> hanging() {
        return TWICE.abandonAfter(Duration.ofMillis(50));
    }

    @Test
    void aThreadThatHangsAfterItsClaimWasLostIsCountedAsStuck() throws InterruptedException {
        var web = web(openStore());
        var release = new CountDownLatch(1);
        var runs = new AtomicInteger();
        var worker =
                start(
                        worker().handle(
                                        hanging(),
                                        (note, job) -> {
                                            if (runs.incrementAndGet() == 1) {
                                                waitWhatever(release);
                                            }
                                            return "run " + runs.get();
                                        }));
        var job = web.enqueue(hanging().with(new Note("a")));
        until("it runs", () -> runs.get() == 1);
        declareDead(web.store(), worker.workerId());
        assertThat(await(job).as(String.class)).isEqualTo("run 2");
        until("the store knows", () -> stuck(web) == 1);
        assertThat(worker.running()).isEqualTo(1);
        release.countDown();
        until("the thread has ended", () -> worker.running() == 0);
        until("the store knows", () -> stuck(web) == 0);
    }

    private static int stuck(Millrace web) {
        return web.store().workers().stream().mapToInt(each -> each.stuck()).sum();
    }

    @Test
    void aThreadThatHangsWhileItsWorkerStopsIsCountedAsStuckAndKeepsItsJob()
            throws InterruptedException {
        var web = web(openStore());
        var release = new CountDownLatch(1);
        var runs = new AtomicInteger();
        var worker =
                start(
                        worker().handle(
                                        hanging(),
                                        (note, job) -> {
                                            runs.incrementAndGet();
                                            waitWhatever(release);
                                            return "done";
                                        }),
                        Duration.ofMillis(50));
        var job = web.enqueue(hanging().with(new Note("a")));
        until("it runs", () -> runs.get() == 1);
        var closing = Thread.startVirtualThread(worker::close);
        until("the store knows", () -> stuck(web) == 1);
        assertThat(look(web, job).state()).isInstanceOf(JobState.Running.class);
        release.countDown();
        closing.join();
        assertThat(await(job).as(String.class)).isEqualTo("done");
        assertThat(runs).hasValue(1);
    }

    @SuppressWarnings("EmptyCatch")
    private static void waitWhatever(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException ignored) {
                // that is what it is about
            }
        }
    }

    @Test
    void aWorkerThatIsResizedTellsTheStore() throws InterruptedException {
        var web = web(openStore());
        Set<String> running = ConcurrentHashMap.newKeySet();
        var all = new CountDownLatch(1);
        var worker =
                start(
                        worker().handle(
                                        WORK,
                                        (note, job) -> {
                                            running.add(note.text());
                                            await(all);
                                            return null;
                                        }));
        var jobs =
                List.of(
                        web.enqueue(WORK.with(new Note("a"))),
                        web.enqueue(WORK.with(new Note("b"))),
                        web.enqueue(WORK.with(new Note("c"))));
        until("two run", () -> running.size() == 2);
        worker.resize("default", 3);
        until("three run", () -> running.size() == 3);
        until(
                "the store knows",
                () ->
                        web.store().workers().stream()
                                .anyMatch(each -> Objects.equals(each.queues().get("default"), 3)));
        all.countDown();
        for (var job : jobs) {
            assertThat(await(job).isCompleted()).isTrue();
        }
    }

    @Test
    void itemsInParallelAnswerInOrderAndAreTriedAgainEach() throws InterruptedException {
        var web = web(openStore());
        var most = new AtomicInteger();
        var now = new AtomicInteger();
        var failedOnce = ConcurrentHashMap.<Integer>newKeySet();
        var policy = RetryPolicy.standard().attempts(2).backoff(Duration.ZERO, Duration.ZERO);
        start(
                worker().handle(
                                WORK,
                                (note, job) ->
                                        job.parallel(
                                                IntStream.range(0, 100).boxed().toList(),
                                                8,
                                                policy,
                                                item -> {
                                                    int running = now.incrementAndGet();
                                                    most.accumulateAndGet(running, Math::max);
                                                    now.decrementAndGet();
                                                    if (failedOnce.add(item)) {
                                                        throw new IOException("again");
                                                    }
                                                    return item * 2;
                                                })));
        var job = web.enqueue(WORK.with(new Note("a")));
        var expected = IntStream.range(0, 100).mapToObj(i -> i * 2).toList();
        assertThat(await(job).as(Object.class)).isEqualTo(expected);
        assertThat(most.get()).isBetween(1, 8);
    }

    @Test
    void theFirstFailedItemInterruptsTheOthers() throws InterruptedException {
        var web = web(openStore());
        var interrupted = new AtomicInteger();
        var others = new CountDownLatch(3);
        start(
                worker().handle(
                                WORK.retry(RetryPolicy.never()),
                                (note, job) ->
                                        job.parallel(
                                                List.of(1, 2, 3, 4),
                                                4,
                                                item -> {
                                                    if (item == 4) {
                                                        others.await();
                                                        throw new IOException("item 4");
                                                    }
                                                    try {
                                                        others.countDown();
                                                        return standing();
                                                    } catch (InterruptedException e) {
                                                        interrupted.incrementAndGet();
                                                        throw e;
                                                    }
                                                })));
        var job = web.enqueue(WORK.retry(RetryPolicy.never()).with(new Note("a")));
        assertThat(await(job).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(interrupted).hasValue(3);
        assertThat(error(look(web, job).attempts().getLast()).message()).isEqualTo("item 4");
    }

    private static int standing() throws InterruptedException {
        standHere(new CountDownLatch(1));
        return 0;
    }
}
