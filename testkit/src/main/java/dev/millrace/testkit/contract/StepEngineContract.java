package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobState;
import dev.millrace.job.LogLine;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.StepRecord;
import dev.millrace.job.Task;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Steps: done once, in their order, kept or set aside. Every engine runs it unchanged; a subclass
 * says how to open a store.
 */
public abstract class StepEngineContract extends EngineBench {
    private static final Task<Note> LONG =
            WORK.retry(RetryPolicy.standard().attempts(3).backoff(Duration.ZERO, Duration.ZERO));

    /** No engine opened yet. */
    protected StepEngineContract() {}

    private MillraceBuilder worker() {
        return Millrace.builder().store(reopen()).queue("default", 1);
    }

    @Test
    void aStepIsDoneOnceWhateverTheNumberOfAttempts() throws InterruptedException {
        var web = web(openStore());
        Queue<String> done = new ConcurrentLinkedQueue<>();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    int site =
                                            job.step(
                                                    "site",
                                                    Integer.class,
                                                    () -> {
                                                        done.add("site");
                                                        return 7 * job.attempt();
                                                    });
                                    job.step("announce", () -> done.add("announce"));
                                    if (job.attempt() == 1) {
                                        throw new IOException("cut");
                                    }
                                    job.step("grade", () -> done.add("grade " + site));
                                    return site;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).as(Integer.class)).isEqualTo(7);
        assertThat(done).containsExactly("site", "announce", "grade 7");
        assertThat(web.report(job.id()).steps())
                .extracting(step -> step.place() + " " + step.name() + " " + step.result())
                .containsExactly("1 site 7", "2 announce true", "3 grade true");
    }

    @Test
    void aStepIsTriedAgainByItsOwnPolicyWithinTheAttempt() throws InterruptedException {
        var web = web(openStore());
        var tries = new AtomicInteger();
        var policy = RetryPolicy.standard().attempts(4).backoff(Duration.ZERO, Duration.ZERO);
        start(
                worker().handle(
                                LONG,
                                (note, job) ->
                                        job.step(
                                                "flaky",
                                                Integer.class,
                                                policy,
                                                () -> {
                                                    if (tries.incrementAndGet() < 4) {
                                                        throw new IOException("again");
                                                    }
                                                    return tries.get();
                                                })));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).as(Integer.class)).isEqualTo(4);
        assertThat(look(web, job).attempts()).hasSize(1);
        assertThat(web.report(job.id()).steps().getFirst().tries()).isEqualTo(4);
    }

    private static List<String> steps(String text) {
        return List.of(text.split(" "));
    }

    private Attempt attemptWithOtherSteps(String first, String second) throws InterruptedException {
        var web = web(openStore());
        Queue<String> done = new ConcurrentLinkedQueue<>();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    for (var name : steps(job.attempt() == 1 ? first : second)) {
                                        job.step(name, () -> done.add(name));
                                    }
                                    if (job.attempt() == 1) {
                                        throw new IOException("cut");
                                    }
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        await(job);
        assertThat(done).as("nothing is done twice").doesNotHaveDuplicates();
        return look(web, job).attempts().getLast();
    }

    @Test
    void renamedStepsAreReportedAndNotDone() throws InterruptedException {
        var last = attemptWithOtherSteps("a b c", "a x c");
        assertThat(last.end()).isEqualTo(Attempt.End.DISCARDED);
        assertThat(error(last).message()).contains("expected step 'b'", "got 'x'", "renamed");
    }

    @Test
    void reorderedStepsAreReportedAndNotDone() throws InterruptedException {
        var last = attemptWithOtherSteps("a b c", "a c b");
        assertThat(last.end()).isEqualTo(Attempt.End.DISCARDED);
        assertThat(error(last).message()).contains("expected step 'b'", "got 'c'", "reordered");
    }

    @Test
    void stepsNoLongerAskedForAreNamedInTheLog() throws InterruptedException {
        var web = web(openStore());
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    job.step("a", () -> {});
                                    if (job.attempt() == 1) {
                                        job.step("b", () -> {});
                                        throw new IOException("cut");
                                    }
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        var line = web.report(job.id()).log().getLast();
        assertThat(line.level()).isEqualTo(LogLine.Level.WARN);
        assertThat(line.message()).contains("step 'b'", "not asked for any more");
    }

    /** Does a step on a thread of its own, and waits for it. */
    private static void beside(JobContext job, String name, Runnable body) throws Exception {
        var step =
                new FutureTask<>(() -> {
                    job.step(name, body::run);
                    return null;
                });
        Thread.startVirtualThread(step);
        try {
            step.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    @Test
    void stepsOfOtherThreadsHaveNoPlaceInTheOrder() throws InterruptedException {
        var web = web(openStore());
        Queue<String> done = new ConcurrentLinkedQueue<>();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    switch (job.attempt()) {
                                        case 1 -> {
                                            beside(job, "x", () -> done.add("x"));
                                            job.step("a", () -> done.add("a"));
                                            beside(job, "y", () -> done.add("y"));
                                            throw new IOException("cut");
                                        }
                                        case 2 -> {
                                            job.step("a", () -> done.add("a"));
                                            job.step("b", () -> done.add("b"));
                                            beside(job, "y", () -> done.add("y"));
                                            throw new IOException("cut");
                                        }
                                        default -> {
                                            beside(job, "z", () -> done.add("z"));
                                            job.step("a", () -> done.add("a"));
                                            beside(job, "y", () -> done.add("y"));
                                            beside(job, "x", () -> done.add("x"));
                                            job.step("b", () -> done.add("b"));
                                            job.step("c", () -> done.add("c"));
                                        }
                                    }
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).isCompleted()).isTrue();
        assertThat(done).containsExactly("x", "a", "y", "b", "z", "c");
        assertThat(web.report(job.id()).steps())
                .extracting(StepRecord::name)
                .as("those in order first")
                .containsExactly("a", "b", "c", "x", "y", "z");
        assertThat(web.report(job.id()).log()).as("none is missing").isEmpty();
    }

    @Test
    void aStepThatWasMovedToAnotherThreadIsReportedAndNotDone() throws InterruptedException {
        var web = web(openStore());
        var done = new AtomicInteger();
        start(
                worker().handle(
                                LONG,
                                (note, job) -> {
                                    if (job.attempt() == 1) {
                                        job.step("a", () -> done.incrementAndGet());
                                        throw new IOException("cut");
                                    }
                                    beside(job, "a", done::incrementAndGet);
                                    return null;
                                }));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(error(look(web, job).attempts().getLast()).message())
                .contains("step 'a'", "by another", "moved");
        assertThat(done).hasValue(1);
    }

    private void notKept(Object result) throws InterruptedException {
        var web = web(openStore());
        var done = new AtomicInteger();
        start(
                worker().handle(
                                LONG,
                                (note, job) ->
                                        job.step(
                                                "big",
                                                Object.class,
                                                () -> {
                                                    done.incrementAndGet();
                                                    return result;
                                                })));
        var job = web.enqueue(LONG.with(new Note("a")));
        assertThat(await(job).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(done).as("it is not done again").hasValue(1);
        var attempts = look(web, job).attempts();
        assertThat(attempts).hasSize(1);
        assertThat(error(attempts.getFirst()).message())
                .contains("step 'big'", "1048576 bytes", "set aside");
        assertThat(web.report(job.id()).steps()).isEmpty();
    }

    @Test
    void aResultThatIsTooLargeToKeepSetsTheJobAside() throws InterruptedException {
        notKept("x".repeat((1 << 20) + 1));
    }

    @Test
    void aResultWithoutAJsonFormSetsTheJobAside() throws InterruptedException {
        Map<String, Object> endless = new HashMap<>();
        endless.put("self", endless);
        notKept(endless);
    }
}
