package dev.millrace.server.demo;

import dev.millrace.job.Handler;
import dev.millrace.job.JobContext;

import java.net.URI;
import java.time.Clock;

/** The code of the demo's job. Safe for many threads. */
final class PageGrading implements Handler<GradeJob> {
    private final FlakyWeb web;
    private final PageFetcher fetcher;
    private final Clock clock;

    PageGrading(FlakyWeb web, PageFetcher fetcher, Clock clock) {
        this.web = web;
        this.fetcher = fetcher;
        this.clock = clock;
    }

    @Override
    public Object handle(GradeJob job, JobContext context)
            throws GradeJob.NoAnswer, GradeJob.NeverAnswers, InterruptedException {
        return switch (HomePage.of(job.homepage())) {
            case HomePage.Address(URI homepage) -> grade(homepage);
            case HomePage.Missing() -> throw new GradeJob.NeverAnswers("expected a home page");
            case HomePage.Unusable(String detail) -> throw new GradeJob.NeverAnswers(detail);
        };
    }

    private GradeJob.Graded grade(URI homepage)
            throws GradeJob.NoAnswer, GradeJob.NeverAnswers, InterruptedException {
        return switch (fetcher.fetch(web.addressOf(homepage))) {
            case Fetch.Got(Page page) -> {
                var original = page.at(FlakyWeb.originalOf(page.address()));
                yield GradeJob.Graded.of(Grader.grade(homepage, original, clock.instant()), page);
            }
            case Fetch.Again again -> throw new GradeJob.NoAnswer(again);
            case Fetch.Never(String reason) -> throw new GradeJob.NeverAnswers(reason);
        };
    }
}
