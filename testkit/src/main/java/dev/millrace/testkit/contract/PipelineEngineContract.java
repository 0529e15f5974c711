package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.flow.Pipeline;
import dev.millrace.flow.Pipelines;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.queue.BatchCallback;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchState;
import dev.millrace.store.JobFilter;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Batches and pipelines in the whole engine, with its real threads. Every engine runs it unchanged;
 * a subclass says how to open a store.
 */
public abstract class PipelineEngineContract extends EngineBench {
    private static final RetryPolicy TWICE =
            RetryPolicy.standard().attempts(2).backoff(Duration.ZERO, Duration.ZERO);

    private final ConcurrentHashMap<String, AtomicInteger> runs = new ConcurrentHashMap<>();

    /** No engine opened yet. */
    protected PipelineEngineContract() {}

    /** What enters. */
    record Company(String name) {}

    /** What a step makes. */
    record Site(String url) {}

    /** What the last step makes. */
    record Mark(String url, int points) {}

    private int ran(String what) {
        return runs.computeIfAbsent(what, w -> new AtomicInteger()).incrementAndGet();
    }

    private int count(String what) {
        var count = runs.get(what);
        return count == null ? 0 : count.get();
    }

    private Pipeline<Company> grade() {
        return Pipeline.named("grade", Company.class)
                .key(Company::name)
                .step(
                        "website",
                        Site.class,
                        (company, job) -> {
                            ran("website " + company.name());
                            return company.name().startsWith("gone")
                                    ? StepAnswer.skip("it is gone")
                                    : StepAnswer.next(new Site(company.name() + ".example"));
                        })
                .step(
                        "grade",
                        Mark.class,
                        (site, job) -> {
                            int run = ran("grade " + site.url());
                            if (site.url().startsWith("flaky") && run <= 2) {
                                throw new IllegalStateException("no route");
                            }
                            return site.url().startsWith("bad")
                                    ? StepAnswer.reject("not a site")
                                    : StepAnswer.next(new Mark(site.url(), site.url().length()));
                        },
                        s -> s.concurrency(4).retry(TWICE))
                .build();
    }

    private static BatchState state(Millrace m, String key) {
        return m.store().batches().item("grade", key).orElseThrow().state();
    }

    private static List<JobSnapshot> visits(Millrace m, String key) {
        return m.pipelines().journey("grade", key).orElseThrow().visits();
    }

    @Test
    void anItemGoesThroughEveryStepOnceAndItsWayIsSeen() {
        var m = start(Millrace.builder().store(openStore()).pipeline(grade()));
        assertThat(m.submit(grade(), new Company("acme"))).isPositive();
        until("the item ended", () -> state(m, "acme") == BatchState.COMPLETED);
        var visits = visits(m, "acme");
        assertThat(visits)
                .extracting(JobSnapshot::kind)
                .containsExactly("grade.website", "grade.grade");
        assertThat(visits.get(1).payload()).isEqualTo("{\"url\":\"acme.example\"}");
        assertThat(visits.get(0).state()).isInstanceOf(JobState.Completed.class);
        assertThat(((JobState.Completed) visits.get(1).state()).result())
                .isEqualTo("{\"url\":\"acme.example\",\"points\":12}");
        assertThat(count("website acme")).isOne();
        assertThat(m.pipelines().journey("grade", "nobody")).isEmpty();
        until("the plan is kept", () -> !m.pipelines().look().isEmpty());
        assertThat(m.pipelines().look().getFirst().steps())
                .extracting(step -> step.step().queue())
                .containsExactly("grade.website", "grade.grade");
    }

    @Test
    void aStepsLimitsByKeyHoldForItemsThatReachIt() {
        var busy = new AtomicInteger();
        var most = new AtomicInteger();
        var counted = new CountDownLatch(1);
        var lanes =
                Pipeline.named("lanes", Company.class)
                        .key(Company::name)
                        .step(
                                "find",
                                Site.class,
                                (company, job) -> StepAnswer.next(new Site("one.example")))
                        .step(
                                "fetch",
                                Site.class,
                                (site, job) -> {
                                    most.accumulateAndGet(busy.incrementAndGet(), Math::max);
                                    counted.await();
                                    busy.decrementAndGet();
                                    return StepAnswer.next(site);
                                },
                                s ->
                                        s.concurrency(16)
                                                .key("host", Site.class, Site::url)
                                                .limitPerKey("host", 1))
                        .build();
        var m = start(Millrace.builder().store(openStore()).pipeline(lanes));
        m.submitAll(
                lanes,
                IntStream.range(0, 40).mapToObj(i -> new Company("c" + i)),
                (item, why) -> {
                    throw why;
                });
        until(
                "all but one are counted as waiting",
                () ->
                        m.pipelines().look().stream()
                                .flatMap(look -> look.steps().stream())
                                .anyMatch(step -> step.waiting() == 39 && step.running() == 1));
        counted.countDown();
        var open = new BatchFilter(true, "lanes", BatchState.WAITING);
        until("all ended", () -> m.store().batches().list(open, Long.MAX_VALUE, 1).isEmpty());
        assertThat(most).hasValue(1);
        assertThat(m.pipelines().journey("lanes", "c0").orElseThrow().visits().getLast().terms())
                .extracting(terms -> terms.keys().get("host"))
                .isEqualTo("one.example");
    }

    @Test
    void ofOneKeyThereIsOneLiveItem() {
        var web = web(openStore());
        long first = web.submit(grade(), new Company("acme"));
        assertThat(first).isPositive();
        assertThat(web.submit(grade(), new Company("acme"))).isZero();
        var receipt =
                web.submitAll(
                        grade(),
                        Stream.of("acme", "beta", "no good key", "beta").map(Company::new),
                        (item, why) -> ran("refused " + item.name()));
        assertThat(receipt.accepted()).isOne();
        assertThat(receipt.duplicates()).isEqualTo(2);
        assertThat(receipt.refused()).isOne();
        assertThat(count("refused no good key")).isOne();
        assertThat(web.store().batches().item("grade", "acme").orElseThrow().id()).isEqualTo(first);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> web.submit(grade(), new Company("no good key")));
        start(Millrace.builder().store(reopen()).pipeline(grade()));
        until("the item ended", () -> state(web, "acme") == BatchState.COMPLETED);
        assertThat(web.submit(grade(), new Company("acme"))).isGreaterThan(first);
    }

    @Test
    void itemsThatCanNeverEnterAreNamedAndTheOthersEnter() {
        var web = web(openStore());
        var pipeline =
                Pipeline.named("grade", Company.class)
                        .key(company -> company.name().substring(0, 4))
                        .step(
                                "website",
                                Site.class,
                                (company, job) -> StepAnswer.next(new Site("x")))
                        .build();
        var refused = new ConcurrentSkipListSet<String>();
        var receipt =
                web.submitAll(
                        pipeline,
                        Stream.of("acme", "no", "large" + "x".repeat(2 << 20), "beta")
                                .map(Company::new),
                        (item, why) -> {
                            assertThat(why.code()).isEqualTo(MillraceException.Code.INVALID_INPUT);
                            refused.add(item.name().substring(0, 2));
                        });
        assertThat(receipt.accepted()).isEqualTo(2);
        assertThat(receipt.refused()).isEqualTo(2);
        assertThat(refused).containsExactly("la", "no");
        assertThat(web.store().batches().item("grade", "beta")).isPresent();
    }

    @Test
    void aStepMayNotWaitForItself() {
        var builder =
                Millrace.builder()
                        .store(openStore())
                        .pipeline(between("one", "a", "b"))
                        .pipeline(between("two", "b", "a"));
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(builder::start)
                .withMessageContaining("queue 'a' must not wait for its own backlog");
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(
                        Millrace.builder().store(reopen()).pipeline(between("one", "a", "a"))
                                ::start)
                .withMessageContaining("queue 'a' must not wait for its own backlog");
    }

    private static Pipeline<Company> between(String name, String queue, String next) {
        return Pipeline.named(name, Company.class)
                .key(Company::name)
                .step(
                        "first",
                        Site.class,
                        (company, job) -> StepAnswer.next(new Site(company.name())),
                        s -> s.queue(queue))
                .step(
                        "second",
                        Site.class,
                        (site, job) -> StepAnswer.next(site),
                        s -> s.queue(next).backlog(3))
                .build();
    }

    @Test
    void whatFailedAtAStepGoesOnFromThereWhenItIsRetried() {
        var m = start(Millrace.builder().store(openStore()).pipeline(grade()));
        m.submitAll(
                grade(),
                Stream.of("flaky", "bad", "gone", "good").map(Company::new),
                (item, why) -> {
                    throw why;
                });
        until(
                "they ended",
                () ->
                        Stream.of("flaky", "bad", "gone", "good")
                                .allMatch(key -> state(m, key).isEnded()));
        assertThat(state(m, "flaky")).isEqualTo(BatchState.FAILED);
        assertThat(state(m, "bad")).isEqualTo(BatchState.FAILED);
        assertThat(state(m, "gone")).isEqualTo(BatchState.COMPLETED);
        assertThat(visits(m, "gone")).hasSize(1);
        until("the plan is kept", () -> !m.pipelines().plans().isEmpty());
        assertThat(m.pipelines().retry("grade", "grade", "no route"))
                .isEqualTo(new Pipelines.Retried(2, 1));
        until("it goes on", () -> state(m, "flaky") == BatchState.COMPLETED);
        assertThat(count("website flaky")).isOne();
        assertThat(count("grade flaky.example")).isEqualTo(3);
        assertThat(state(m, "bad")).isEqualTo(BatchState.FAILED);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> m.pipelines().retry("grade", "nothing", null))
                .withMessageContaining("[website, grade]");
    }

    @Test
    void anItemWhoseKeyEnteredOnceMoreIsNotRetried() throws InterruptedException {
        var mayEnd = new CountDownLatch(1);
        var pipeline =
                Pipeline.named("grade", Company.class)
                        .key(Company::name)
                        .step(
                                "website",
                                Site.class,
                                (company, job) -> {
                                    if (ran("website") == 1) {
                                        return StepAnswer.reject("no");
                                    }
                                    mayEnd.await();
                                    return StepAnswer.next(new Site("x"));
                                })
                        .build();
        var m = start(Millrace.builder().store(openStore()).pipeline(pipeline));
        m.submit(pipeline, new Company("acme"));
        until("it failed", () -> state(m, "acme") == BatchState.FAILED);
        until("the plan is kept", () -> !m.pipelines().plans().isEmpty());
        assertThat(m.pipelines().preview("grade", "website", null).matching()).isOne();
        assertThat(m.submit(pipeline, new Company("acme"))).isPositive();
        until("the second runs", () -> count("website") == 2);
        assertThat(m.pipelines().preview("grade", "website", null).matching()).isZero();
        assertThat(m.pipelines().retry("grade", "website", "no"))
                .isEqualTo(new Pipelines.Retried(1, 0));
        mayEnd.countDown();
        until("it ended", () -> state(m, "acme") == BatchState.COMPLETED);
        assertThat(m.pipelines().retry("grade", "website", null))
                .isEqualTo(new Pipelines.Retried(1, 0));
    }

    private Pipeline<Company> slow(AtomicBoolean lifted) {
        return Pipeline.named("slow", Company.class)
                .key(Company::name)
                .step(
                        "first",
                        Site.class,
                        (company, job) -> {
                            ran("first, " + (lifted.get() ? "free" : "held"));
                            return StepAnswer.next(new Site(company.name()));
                        })
                .step("second", Site.class, (site, job) -> StepAnswer.next(site), s -> s.backlog(3))
                .build();
    }

    @Test
    void aStepWaitsWhileTheNextHasMoreToDoThanItsBacklog() throws InterruptedException {
        var lifted = new AtomicBoolean();
        var web = web(openStore());
        for (int i = 0; i < 3; i++) {
            web.submit(slow(lifted), new Company("c" + i));
        }
        var before =
                Millrace.builder()
                        .store(reopen())
                        .pipeline(slow(lifted))
                        .onlyNamedQueues()
                        .queue("slow.first", 8)
                        .start();
        until("three wait for the second step", () -> waiting(web).size() == 3);
        before.close();
        var m =
                start(
                        Millrace.builder()
                                .store(reopen())
                                .pipeline(slow(lifted))
                                .handle(WORK, (note, job) -> null)
                                .onlyNamedQueues()
                                .queue("slow.first", 8)
                                .queue(WORK.queue(), 8));
        web.submit(slow(lifted), new Company("late"));
        await(m.enqueue(WORK.with(new Note("other work goes on"))));
        await(m.enqueue(WORK.with(new Note("and on"))));
        lifted.set(true);
        web.store().cancel(waiting(web), "not wanted", Instant.now());
        until("the first step goes on", () -> count("first, free") == 1);
        assertThat(count("first, held")).isEqualTo(3);
    }

    private static List<Long> waiting(Millrace m) {
        var filter = new JobFilter(JobState.Name.AVAILABLE, "slow.second", null, null);
        return m.store().ids(filter, 100, null).ids();
    }

    @Test
    void aBatchOfManyCallsBackOnceAndItsMembersMayAddMore() throws InterruptedException {
        var done = new CountDownLatch(1);
        var told = new ConcurrentSkipListSet<Long>();
        Task<Note> report = Task.named("report", Note.class);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            ran("work");
                                            return note.text().equals("split")
                                                    ? job.then(
                                                            null,
                                                            WORK.with(new Note("x")),
                                                            WORK.with(new Note("y")))
                                                    : null;
                                        })
                                .handle(
                                        report,
                                        (note, job) -> {
                                            ran(note.text());
                                            told.add(job.id());
                                            done.countDown();
                                            return null;
                                        }));
        var batch =
                m.batch(
                        "import",
                        b -> {
                            b.addAll(
                                    IntStream.range(0, 2_500)
                                            .mapToObj(i -> WORK.with(new Note("n" + i))));
                            b.add(WORK.with(new Note("split")));
                        },
                        BatchCallback.onCompleted(report.with(new Note("completed"))),
                        BatchCallback.onFailed(report.with(new Note("failed"))));
        await(done);
        until("it ended", () -> batch.look().orElseThrow().state() == BatchState.COMPLETED);
        assertThat(count("work")).isEqualTo(2_503);
        assertThat(batch.look().orElseThrow().completed()).isEqualTo(2_503);
        assertThat(told).hasSize(1);
        assertThat(count("completed")).isOne();
        assertThat(count("failed")).isZero();
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> batch.add(WORK.with(new Note("late"))));
    }

    @Test
    void aBatchWhoseFillingFailsIsCancelled() {
        var m = start(Millrace.builder().store(openStore()).handle(WORK, (note, job) -> null));
        var ids = new long[1];
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() ->
                        m.batch(
                                "import",
                                b -> {
                                    ids[0] = b.id();
                                    b.add(WORK.with(new Note("later")).delay(Duration.ofDays(1)));
                                    throw new IllegalStateException("the file ended");
                                }));
        until(
                "it ended",
                () -> m.batch(ids[0]).look().orElseThrow().state() == BatchState.CANCELLED);
        assertThat(m.batch(ids[0]).look().orElseThrow().cancelled()).isOne();
    }
}
