package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Attempt;
import dev.millrace.job.Handler;
import dev.millrace.job.JobState;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Shape;
import dev.millrace.job.Task;
import dev.millrace.job.Walk;
import dev.millrace.testkit.FakeClock;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * How jobs go on where they stood: checkpoints, walks, slices, sleeping and waiting. Every engine
 * runs it unchanged; a subclass says how to open a store.
 */
public abstract class ResumeEngineContract extends EngineBench {
    private static final Task<Note> LONG =
            WORK.retry(RetryPolicy.standard().attempts(3).backoff(Duration.ZERO, Duration.ZERO));

    private record Spot(int page) {}

    private record OldSpot(String page) {}

    /** No engine opened yet. */
    protected ResumeEngineContract() {}

    private Walk<Integer, Integer> pages(int count) {
        return Walk.named(
                "pages",
                Integer.class,
                after -> {
                    int page = after == null ? 1 : after;
                    return new Walk.Page<>(List.of(page), page == count ? null : page + 1);
                });
    }

    private MillraceBuilder worker() {
        return Millrace.builder().store(reopen()).queue("default", 1);
    }

    @Test
    void aFailedAttemptLeavesItsCheckpointToTheNext() throws InterruptedException {
        var web = web(openStore());
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    seen.add(job.lastCheckpoint(Spot.class) + "");
                                    job.checkpoint(new Spot(job.attempt() * 10));
                                    job.checkpoint(new Spot(job.attempt() * 10 + 1));
                                    if (job.attempt() < 3) {
                                        throw new IOException("cut");
                                    }
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        assertThat(seen)
                .containsExactly(
                        "Optional.empty", "Optional[Spot[page=11]]", "Optional[Spot[page=21]]");
        var left = Objects.requireNonNull(web.report(job.id()).checkpoint());
        assertThat(left.number()).isEqualTo(6);
        assertThat(left.text()).isEqualTo("{\"\":{\"v\":1,\"c\":{\"page\":31}}}");
    }

    @Test
    void aCheckpointOfAnOlderShapeIsReadByItsUpcastAndOfANewerOneWaits()
            throws InterruptedException {
        var clock = new FakeClock();
        var web = web(openStore());
        var now = Shape.of(Spot.class).version(2);
        var knows = now.upcast(1, OldSpot.class, old -> new Spot(Integer.parseInt(old.page())));
        var done = new AtomicInteger();
        start(
                worker().clock(clock)
                        .handle(
                                LONG,
                                (note, job) -> {
                                    switch (done.incrementAndGet()) {
                                        case 1 -> {
                                            job.checkpoint(new OldSpot("41"));
                                            throw new IOException("cut");
                                        }
                                        case 2 -> {
                                            var spot = job.lastCheckpoint(knows).orElseThrow();
                                            job.checkpoint(now, new Spot(spot.page() + 1));
                                            throw new IOException("cut");
                                        }
                                        case 3 -> job.lastCheckpoint(OldSpot.class);
                                        default -> {}
                                    }
                                    return job.lastCheckpoint(now).orElseThrow().page();
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        until(
                "it waits for a worker that reads its checkpoint",
                () -> ends(look(web, job)).contains(Attempt.End.SNOOZED));
        assertThat(done).hasValue(3);
        clock.advance(Duration.ofSeconds(10));
        assertThat(await(job).as(Integer.class)).isEqualTo(42);
        assertThat(look(web, job).attempt()).isEqualTo(3);
    }

    @Test
    void aCheckpointThatNoWorkerReadsIsTriedEverMoreSeldom() throws InterruptedException {
        var clock = new FakeClock();
        var web = web(openStore());
        var newer = Shape.of(Spot.class).version(2);
        start(
                worker().clock(clock)
                        .handle(
                                LONG,
                                (note, job) -> {
                                    if (job.attempt() == 1) {
                                        job.checkpoint(newer, new Spot(1));
                                        throw new IOException("cut");
                                    }
                                    return job.lastCheckpoint(OldSpot.class).isPresent();
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        var waits = new ArrayList<Duration>();
        for (int times = 1; times <= 12; times++) {
            int ends = 1 + times;
            until("it waits", () -> look(web, job).attempts().size() == ends);
            until("it is put off", () -> look(web, job).state() instanceof JobState.Scheduled);
            var due = ((JobState.Scheduled) look(web, job).state()).runAt();
            waits.add(Duration.between(clock.instant(), due));
            clock.advance(waits.getLast());
        }
        assertThat(waits.subList(0, 4))
                .extracting(Duration::toSeconds)
                .containsExactly(10L, 10L, 20L, 40L);
        assertThat(waits.getLast()).isEqualTo(Duration.ofHours(1));
        assertThat(waits.get(10)).isEqualTo(Duration.ofHours(1));
        assertThat(look(web, job).attempt()).isEqualTo(2);
    }

    @Test
    void aHandlerThatSwallowsItsSuspensionAndGoesOnIsDoneWhenItReturns()
            throws InterruptedException {
        var web = web(openStore());
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    try {
                                        job.waitFor("go", String.class);
                                    } catch (Error swallowed) {
                                        job.step("on", () -> {});
                                    }
                                    return "went on";
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).as(String.class)).isEqualTo("went on");
        assertThat(ends(look(web, job))).containsExactly(Attempt.End.COMPLETED);
    }

    @Test
    void aSuspensionThatComesOutWrappedIsNoFailure() throws InterruptedException {
        var web = web(openStore());
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    try {
                                        return job.waitFor("go", String.class);
                                    } catch (Error e) {
                                        job.log("not yet");
                                        throw new IllegalStateException(new IOException(e));
                                    }
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        until("it waits", () -> "go".equals(web.report(job.id()).waitsFor()));
        web.signal(job.id(), "go", "now");
        assertThat(await(job).as(String.class)).isEqualTo("now");
        assertThat(look(web, job).attempt()).isEqualTo(1);
    }

    @Test
    void aWalkGoesOnWithThePageInHandAndFetchesAgainWhatFailed() throws InterruptedException {
        var web = web(openStore());
        Queue<Integer> done = new ConcurrentLinkedQueue<>();
        var fetches = new AtomicInteger();
        var cut = new AtomicBoolean();
        var flaky =
                new Walk<Integer, Integer>(
                        "pages",
                        Shape.of(Integer.class),
                        after -> {
                            if (fetches.incrementAndGet() % 2 == 1) {
                                throw new IOException("again");
                            }
                            return pages(5).source().page(after);
                        },
                        RetryPolicy.standard().attempts(2).fixed(Duration.ZERO),
                        null);
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    job.walk(
                                            flaky,
                                            page -> {
                                                assertThat(page.number())
                                                        .isEqualTo((long) page.items().getFirst());
                                                done.addAll(page.items());
                                                if (page.number() == 3 && !cut.getAndSet(true)) {
                                                    throw new IOException("cut");
                                                }
                                            });
                                    job.walk(flaky, page -> done.add(99));
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        assertThat(done).containsExactly(1, 2, 3, 3, 4, 5);
        assertThat(fetches).hasValue(12);
    }

    @Test
    void aStoppingWorkerGivesUpAWalkAtItsNextCheckpointWithoutSpendingTheAttempt()
            throws InterruptedException {
        var web = web(openStore());
        Queue<Integer> done = new ConcurrentLinkedQueue<>();
        var atTwo = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var first =
                start(
                        worker().handle(
                                        LONG,
                                        (note, job) -> {
                                            job.walk(
                                                    pages(5),
                                                    page -> {
                                                        done.addAll(page.items());
                                                        if (page.number() == 2) {
                                                            atTwo.countDown();
                                                            goOn.await();
                                                        }
                                                    });
                                            return null;
                                        }));
        var job = web.enqueue(LONG.with(new Note("a")));
        await(atTwo);
        var closing = Thread.startVirtualThread(first::close);
        until("it drains", () -> first.isStopping());
        goOn.countDown();
        closing.join();
        assertThat(done).containsExactly(1, 2);
        assertThat(ends(look(web, job))).containsExactly(Attempt.End.INTERRUPTED);
        start(worker().handle(LONG, walkInto(done)));
        assertThat(await(job).isCompleted()).isTrue();
        assertThat(done).containsExactly(1, 2, 3, 4, 5);
        assertThat(look(web, job).attempt()).isEqualTo(1);
    }

    private Handler<Note> walkInto(Queue<Integer> done) {
        return (note, job) -> {
            job.walk(pages(5), page -> done.addAll(page.items()));
            return null;
        };
    }

    @Test
    void jobsWithSlicesTakeTurnsInOneSlot() throws InterruptedException {
        var web = web(openStore());
        var sliced = LONG.slice(Duration.ofMillis(1));
        Queue<String> done = new ConcurrentLinkedQueue<>();
        var a = web.enqueue(sliced.with(new Note("a")));
        var b = web.enqueue(sliced.with(new Note("b")));
        start(
                worker().handle(
                                sliced,
                                (note, job) -> {
                                    job.walk(
                                            pages(3),
                                            page -> {
                                                done.add(note.text() + page.number());
                                                until(
                                                        "the slice is over",
                                                        sinceNow(Duration.ofMillis(2)));
                                            });
                                    return null;
                                }));
        assertThat(await(a).isCompleted()).isTrue();
        assertThat(await(b).isCompleted()).isTrue();
        assertThat(done).containsExactly("a1", "b1", "a2", "b2", "a3", "b3");
        assertThat(ends(look(web, a))).contains(Attempt.End.YIELDED);
        assertThat(look(web, a).attempt()).isEqualTo(1);
    }

    private static BooleanSupplier sinceNow(Duration time) {
        long start = System.nanoTime();
        return () -> System.nanoTime() - start > time.toNanos();
    }

    @Test
    void aSleepingJobHoldsNoSlotAndGoesOnWhenItsTimeHasCome() throws InterruptedException {
        var clock = new FakeClock();
        var web = start(Millrace.builder().store(openStore()).clock(clock));
        var woken = new AtomicInteger();
        start(
                worker().clock(clock)
                        .handle(
                                LONG,
                                (note, job) -> {
                                    if (note.text().equals("sleeper")) {
                                        job.sleep("nap", Duration.ofDays(3));
                                        woken.incrementAndGet();
                                        job.sleep("second-nap", Duration.ofDays(1));
                                    }
                                    return note.text();
                                }));
        var sleeper = web.enqueue(LONG.with(new Note("sleeper")));
        until("asleep", () -> look(web, sleeper).state() instanceof JobState.Scheduled);
        assertThat(await(web.enqueue(LONG.with(new Note("next")))).isCompleted()).isTrue();
        clock.advance(Duration.ofDays(3).minusSeconds(1));
        assertThat(await(web.enqueue(LONG.with(new Note("later")))).isCompleted()).isTrue();
        assertThat(woken).hasValue(0);
        clock.advance(Duration.ofSeconds(1));
        until("asleep again", () -> ends(look(web, sleeper)).size() == 2);
        clock.advance(Duration.ofDays(1));
        assertThat(await(sleeper).isCompleted()).isTrue();
        assertThat(woken).as("the first nap is not slept twice").hasValue(2);
        assertThat(ends(look(web, sleeper)))
                .containsExactly(Attempt.End.SLEPT, Attempt.End.SLEPT, Attempt.End.COMPLETED);
        assertThat(look(web, sleeper).attempt()).isEqualTo(1);
    }

    @Test
    void aJobWaitsForASignalWithoutASlotAndGoesOnWithItsPayload() throws InterruptedException {
        var web = web(openStore());
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    if (note.text().equals("other")) {
                                        return "other";
                                    }
                                    var one = job.waitFor("approval", Note.class);
                                    var two = job.waitFor("approval", Note.class);
                                    return one.text() + two.text();
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        until("it waits for the first", () -> "approval".equals(web.report(job.id()).waitsFor()));
        assertThat(await(web.enqueue(LONG.with(new Note("other")))).isCompleted()).isTrue();
        assertThat(web.signal(job.id(), "unheard", new Note("x")))
                .contains(JobState.Name.SCHEDULED);
        web.signal(job.id(), "approval", new Note("A"));
        until("it waits for the second", () -> ends(look(web, job)).size() == 2);
        web.signal(job.id(), "approval", new Note("B"));
        assertThat(await(job).as(String.class)).isEqualTo("AB");
        assertThat(ends(look(web, job)))
                .containsExactly(Attempt.End.WAITED, Attempt.End.WAITED, Attempt.End.COMPLETED);
        assertThat(web.signal(job.id(), "approval", new Note("late")))
                .contains(JobState.Name.COMPLETED);
    }

    @Test
    void aSignalThatCameFirstIsThereAndAWaitEndsWhenItsTimeIsOver() throws InterruptedException {
        var clock = new FakeClock();
        var web = start(Millrace.builder().store(openStore()).clock(clock));
        var job = web.enqueue(LONG.with(new Note("a")));
        web.signal(job.id(), "early", 7);
        start(
                worker().clock(clock)
                        .handle(
                                LONG,
                                (note, context) -> {
                                    var early = context.waitFor("early", Integer.class);
                                    var never =
                                            context.waitFor(
                                                    "never", Integer.class, Duration.ofHours(1));
                                    return List.of(early, never.isPresent());
                                }));
        until("it waits", () -> "never".equals(web.report(job.id()).waitsFor()));
        clock.advance(Duration.ofHours(1));
        assertThat(await(job).as(Object.class)).isEqualTo(List.of(7, false));
    }

    @Test
    void aHandlerThatSwallowsItsSuspensionIsSuspendedAllTheSame() throws InterruptedException {
        var web = web(openStore());
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    @Nullable String got = null;
                                    try {
                                        got = job.waitFor("go", String.class);
                                    } catch (Error swallowed) {
                                        return "went on without";
                                    }
                                    return got;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        until("it waits", () -> "go".equals(web.report(job.id()).waitsFor()));
        web.signal(job.id(), "go", "now");
        assertThat(await(job).as(String.class)).isEqualTo("now");
    }

    @Test
    void manyJobsResumeAtOnceEachFromItsOwnCheckpoint() throws InterruptedException {
        var web = web(openStore());
        start(
                Millrace.builder()
                        .store(reopen())
                        .queue("default", 50)
                        .handle(
                                LONG,
                                (note, job) -> {
                                    int from = job.lastCheckpoint(Integer.class).orElse(0);
                                    for (int i = from; i < from + 5; i++) {
                                        job.checkpoint(i + 1);
                                    }
                                    if (job.attempt() < 3) {
                                        throw new IOException("cut");
                                    }
                                    return job.lastCheckpoint(Integer.class).orElseThrow();
                                }));
        var jobs =
                IntStream.range(0, 100)
                        .mapToObj(i -> LONG.with(new Note("n" + i)))
                        .map(request -> {
                            try {
                                return web.enqueue(request);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        })
                        .toList();
        for (var job : jobs) {
            assertThat(await(job).as(Integer.class)).isEqualTo(15);
        }
    }
}
