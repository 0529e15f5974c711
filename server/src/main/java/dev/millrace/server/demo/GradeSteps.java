package dev.millrace.server.demo;

import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.JobContext;
import dev.millrace.job.RetryPolicy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * The steps between the name of a package and the grade of its home page: name, website, fetch,
 * grade. Two of them ask the web, which is slow; of one host so many pages are fetched at a time,
 * in all processes together. What is kept of a page is its original address, not that of its
 * stand-in, which changes with every start. Safe for many threads.
 */
final class GradeSteps {
    /** The pipeline's name. */
    static final String NAME = "grade";

    /** Its queues, in the order of the steps. */
    static final List<String> QUEUES =
            List.of("grade.name", "grade.website", "grade.fetch", "grade.grade");

    /** Pages fetched at a time of one host. */
    static final int LANE = 16;

    private static final int BACKLOG = 5_000;

    /**
     * Six attempts with at most 4 s between them: the web is calm from the sixth on, and nobody
     * watches a demo for the hour that the standard policy would wait.
     */
    private static final RetryPolicy RETRY =
            RetryPolicy.standard()
                    .attempts(Weather.CALM_FROM)
                    .backoff(Duration.ofMillis(500), Duration.ofSeconds(4));

    /**
     * A package of the list, as it enters.
     *
     * @param line in the list, from 1; no two packages have the same
     * @param name of the package
     * @param section of the archive
     */
    record Listed(long line, String name, String section) {
        static Listed of(Row.Good row) {
            return new Listed(row.line(), row.name(), row.section());
        }

        /** Its item's key. Packages have a plus in their names, keys have none. */
        String key() {
            return name.replace('+', '_') + ":" + line;
        }
    }

    /**
     * Where a package is on the web.
     *
     * @param homepage as the package names it
     * @param host whose lane it takes
     */
    record Website(Listed of, String homepage, String host) {}

    /**
     * What came of the pipeline, as the store keeps it.
     *
     * @param points 0 to 100
     * @param findings what cost points
     * @param status of the answer
     * @param bytes of the body that were read
     * @param millis from the request to the end of the body
     */
    record Graded(int points, List<Grade.Finding> findings, int status, long bytes, long millis) {
        Grade grade() {
            return new Grade(points, findings);
        }
    }

    /** No answer this time. */
    static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1L;

        NoAnswer(String reason) {
            super(reason);
        }
    }

    /**
     * What the steps ask.
     *
     * @param web that answers
     * @param fetcher that asks it
     */
    record Source(FlakyWeb web, PageFetcher fetcher) {}

    private final Supplier<Source> source;
    private final Clock clock;

    /**
     * @param source asked for with each request
     */
    GradeSteps(Supplier<Source> source, Clock clock) {
        this.source = source;
        this.clock = clock;
    }

    /**
     * The pipeline.
     *
     * @param workers of each step in this process
     */
    Pipeline<Listed> pipeline(int workers) {
        return Pipeline.named(NAME, Listed.class)
                .key(Listed::key)
                .step("name", Listed.class, this::name, s -> s.concurrency(workers))
                .step(
                        "website",
                        Website.class,
                        this::website,
                        s -> s.concurrency(workers).retry(RETRY))
                .step(
                        "fetch",
                        Fetched.class,
                        this::fetch,
                        s ->
                                s.concurrency(workers)
                                        .retry(RETRY)
                                        .backlog(BACKLOG)
                                        .key("host", Website.class, Website::host)
                                        .limitPerKey("host", LANE))
                .step("grade", Graded.class, this::grade, s -> s.concurrency(workers))
                .build();
    }

    private StepAnswer<Listed> name(Listed listed, JobContext job) {
        return listed.name().isBlank()
                ? StepAnswer.reject("expected a package's name, got none")
                : StepAnswer.next(listed);
    }

    private StepAnswer<Website> website(Listed listed, JobContext job)
            throws NoAnswer, InterruptedException {
        Source asked = source.get();
        return switch (asked.fetcher().fetch(asked.web().entryOf(listed.key()))) {
            case Fetch.Got(Page page) -> website(listed, page);
            case Fetch.Again again -> again(again);
            case Fetch.Never(String reason) -> StepAnswer.reject(reason);
        };
    }

    private static StepAnswer<Website> website(Listed listed, Page entry) {
        if (entry.status() != 200) {
            return StepAnswer.reject("expected a home page, got status " + entry.status());
        }
        String text = new String(entry.body().toArray(), StandardCharsets.UTF_8);
        return switch (HomePage.of(text)) {
            case HomePage.Address(URI uri) ->
                    StepAnswer.next(new Website(listed, text, uri.getHost()));
            case HomePage.Missing() -> StepAnswer.reject("expected a home page, got none");
            case HomePage.Unusable(String detail) -> StepAnswer.reject(detail);
        };
    }

    private StepAnswer<Fetched> fetch(Website site, JobContext job)
            throws NoAnswer, InterruptedException {
        URI homepage = URI.create(site.homepage().strip());
        Source asked = source.get();
        return switch (asked.fetcher().fetch(asked.web().addressOf(homepage))) {
            case Fetch.Got(Page page) -> {
                var original = page.at(FlakyWeb.originalOf(page.address()));
                yield StepAnswer.next(Fetched.of(homepage, original));
            }
            case Fetch.Again again -> again(again);
            case Fetch.Never(String reason) -> StepAnswer.reject(reason);
        };
    }

    /** Whoever says when is asked again then; the others by the step's policy. */
    private static <R> StepAnswer<R> again(Fetch.Again again) throws NoAnswer {
        if (again.after().isEmpty()) {
            throw new NoAnswer(again.reason());
        }
        return StepAnswer.retryAfter(again.after().get(), again.reason());
    }

    private StepAnswer<Graded> grade(Fetched fetched, JobContext job) {
        var page = fetched.page();
        var grade = Grader.grade(URI.create(fetched.homepage()), page, clock.instant());
        return StepAnswer.next(
                new Graded(
                        grade.points(),
                        grade.findings(),
                        page.status(),
                        page.body().length(),
                        page.elapsed().toMillis()));
    }
}
