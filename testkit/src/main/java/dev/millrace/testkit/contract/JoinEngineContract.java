package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.flow.Pipeline;
import dev.millrace.flow.Pipelines;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.BatchState;
import dev.millrace.store.JobFilter;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Items that become many and meet again, in the whole engine. */
public abstract class JoinEngineContract extends EngineBench {
    private static final RetryPolicy TWICE =
            RetryPolicy.standard().attempts(2).backoff(Duration.ZERO, Duration.ZERO);

    private final ConcurrentLinkedQueue<String> ran = new ConcurrentLinkedQueue<>();

    /** No engine opened yet. */
    protected JoinEngineContract() {}

    /** What enters. */
    record Company(String name) {}

    /** What a step makes. */
    record Site(String url) {}

    /** What the last step makes. */
    record Mark(String url, int points) {}

    private static BatchState state(Millrace m, String key) {
        return m.store().batches().item("grade", key).orElseThrow().state();
    }

    private static List<JobSnapshot> visits(Millrace m, String key) {
        return m.pipelines().journey("grade", key).orElseThrow().visits();
    }

    /** An item becomes as many parts as its key says, and each becomes a result of this length. */
    private static Pipeline<Company> parts(int length) {
        var made = new Site("x".repeat(length));
        return Pipeline.named("grade", Company.class)
                .key(Company::name)
                .step(
                        "pages",
                        Site.class,
                        (company, job) ->
                                StepAnswer.many(
                                        Collections.nCopies(
                                                Integer.parseInt(company.name()), new Site("p"))))
                .step("points", Site.class, (site, job) -> StepAnswer.next(made))
                .build();
    }

    private static Pipelines.Journey ended(Millrace m, Pipeline<Company> pipeline, int parts) {
        String name = "" + parts;
        m.submit(pipeline, new Company(name));
        until("the item ended", () -> state(m, name) == BatchState.COMPLETED);
        return m.pipelines().journey("grade", name).orElseThrow();
    }

    @Test
    void aJourneyOfManyLargeJobsShowsThoseAcceptedFirstAndSaysSo() {
        var pipeline = parts(Pipelines.MOST_TEXT / 10);
        var m = start(Millrace.builder().store(openStore()).pipeline(pipeline));
        var cut = ended(m, pipeline, 25);
        assertThat(cut.isWhole()).isFalse();
        assertThat(cut.visits()).hasSize(11);
        assertThat(cut.visits().getFirst().kind()).isEqualTo("grade.pages");
        var whole = ended(m, pipeline, 3);
        assertThat(whole.isWhole()).isTrue();
        assertThat(whole.visits()).hasSize(4);
    }

    @Test
    void aJourneyOfAsManyJobsAsAreShownIsWholeAndOneOfMoreIsNot() {
        var pipeline = parts(1);
        var m = start(Millrace.builder().store(openStore()).pipeline(pipeline));
        for (int parts : List.of(Pipelines.MOST_VISITS - 1, Pipelines.MOST_VISITS)) {
            var journey = ended(m, pipeline, parts);
            assertThat(journey.visits()).hasSize(Pipelines.MOST_VISITS);
            assertThat(journey.isWhole()).isEqualTo(parts < Pipelines.MOST_VISITS);
        }
    }

    @Test
    void anItemMayBecomeManyThatMeetAgain() {
        var pipeline =
                Pipeline.named("grade", Company.class)
                        .key(Company::name)
                        .step(
                                "pages",
                                Site.class,
                                (company, job) ->
                                        StepAnswer.many(
                                                IntStream.range(0, 20)
                                                        .mapToObj(i -> new Site("p" + i))
                                                        .toList()))
                        .step(
                                "points",
                                Mark.class,
                                (site, job) ->
                                        site.url().equals("p7")
                                                ? StepAnswer.skip("empty")
                                                : StepAnswer.next(new Mark(site.url(), 1)))
                        .join(
                                "sum",
                                Mark.class,
                                (all, job) -> {
                                    ran.add("sum");
                                    int sum = all.all().stream().mapToInt(Mark::points).sum();
                                    return StepAnswer.next(new Mark("all", sum));
                                },
                                s -> s)
                        .step(
                                "tell",
                                Mark.class,
                                (mark, job) -> {
                                    ran.add("tell " + mark.points());
                                    return StepAnswer.next(mark);
                                })
                        .build();
        var m = start(Millrace.builder().store(openStore()).pipeline(pipeline));
        m.submit(pipeline, new Company("acme"));
        until("the item ended", () -> state(m, "acme") == BatchState.COMPLETED);
        assertThat(ran).containsExactly("sum", "tell 19");
        assertThat(m.store().batches().item("grade", "acme").orElseThrow().completed())
                .isEqualTo(23);
    }

    @Test
    void whatManyPartsBecameJustBeforeTheyMeetIsAllThere() {
        var pipeline =
                Pipeline.named("grade", Company.class)
                        .key(Company::name)
                        .step(
                                "pages",
                                Site.class,
                                (company, job) ->
                                        StepAnswer.many(
                                                Stream.of("a", "b", "c").map(Site::new).toList()))
                        .join(
                                "all",
                                Site.class,
                                (all, job) -> {
                                    String urls =
                                            String.join(
                                                    " ",
                                                    all.all().stream().map(Site::url).toList());
                                    return StepAnswer.next(new Site(urls));
                                },
                                s -> s.retry(TWICE))
                        .build();
        var m = start(Millrace.builder().store(openStore()).pipeline(pipeline));
        m.submit(pipeline, new Company("acme"));
        until("the item ended", () -> state(m, "acme").isEnded());
        assertThat(visit(m, "grade.all").state())
                .isInstanceOfSatisfying(
                        JobState.Completed.class,
                        done -> assertThat(done.result()).isEqualTo("{\"url\":\"a b c\"}"));
    }

    @Test
    void aJoinFailsWhenAPartOfItsItemIsGone() {
        var pipeline =
                Pipeline.named("grade", Company.class)
                        .key(Company::name)
                        .step(
                                "pages",
                                Site.class,
                                (company, job) ->
                                        StepAnswer.many(
                                                Stream.of("a", "b").map(Site::new).toList()))
                        .step("look", Site.class, (site, job) -> StepAnswer.next(site))
                        .join(
                                "all",
                                Mark.class,
                                (all, job) -> StepAnswer.next(new Mark("all", all.all().size())),
                                s -> s)
                        .build();
        var store = openStore();
        var most =
                Millrace.builder()
                        .store(store)
                        .pipeline(pipeline)
                        .onlyNamedQueues()
                        .queue("grade.pages", 1)
                        .queue("grade.look", 1);
        var m = start(most);
        m.submit(pipeline, new Company("acme"));
        until("both wait to be joined", () -> joinIs(m, JobState.Name.AVAILABLE));
        m.store().delete(List.of(visit(m, "grade.look").id()));
        var all = start(Millrace.builder().store(reopen()).pipeline(pipeline));
        until("the join is set aside", () -> joinIs(all, JobState.Name.DISCARDED));
    }

    private static JobSnapshot visit(Millrace m, String kind) {
        return visits(m, "acme").stream()
                .filter(job -> job.kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static boolean joinIs(Millrace m, JobState.Name state) {
        var filter = new JobFilter(state, "grade.all", null, null);
        return !m.store().ids(filter, 1, null).ids().isEmpty();
    }
}
