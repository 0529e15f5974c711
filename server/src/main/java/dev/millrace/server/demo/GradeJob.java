package dev.millrace.server.demo;

import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The demo's job: look one home page up and grade it. Holds the home page as the package names it,
 * not the address of its stand-in, which changes with every start.
 *
 * @param line of the package in the list, from 1; no two jobs of a demo have the same
 * @param name of the package
 * @param section of the archive
 * @param homepage to be looked up
 */
record GradeJob(long line, String name, String section, String homepage) {

    /** Where the jobs wait: a queue of their own, so that counting it counts them. */
    static final String QUEUE = "demo";

    /**
     * Six attempts with at most 4 s between them: the web is calm from the sixth on, and nobody
     * watches a demo for the hour that the standard policy would wait.
     */
    static final Task<GradeJob> TASK =
            Task.named("demo.grade", GradeJob.class)
                    .queue(QUEUE)
                    .retry(
                            RetryPolicy.standard()
                                    .attempts(Weather.CALM_FROM)
                                    .backoff(Duration.ofMillis(500), Duration.ofSeconds(4)))
                    .on(
                            NoAnswer.class,
                            failure ->
                                    failure.after()
                                            .map(Verdict::retryAfter)
                                            .orElse(Verdict.retry()))
                    .on(NeverAnswers.class, Verdict.discard());

    static GradeJob of(Row.Good row) {
        return new GradeJob(row.line(), row.name(), row.section(), row.homepage());
    }

    Row.Good row() {
        return new Row.Good(line, name, section, homepage);
    }

    /**
     * The job's result, as the store keeps it.
     *
     * @param points 0 to 100
     * @param findings what cost points
     * @param status of the answer
     * @param bytes of the body that were read
     * @param millis from the request to the end of the body
     */
    record Graded(int points, List<Grade.Finding> findings, int status, long bytes, long millis) {
        static Graded of(Grade grade, Page page) {
            return new Graded(
                    grade.points(),
                    grade.findings(),
                    page.status(),
                    page.body().length(),
                    page.elapsed().toMillis());
        }

        Grade grade() {
            return new Grade(points, findings);
        }
    }

    /** No answer this time. */
    static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Optional<Duration> after;

        NoAnswer(Fetch.Again again) {
            super(again.reason());
            this.after = again.after();
        }

        /** How long the other side asked to be left alone. */
        Optional<Duration> after() {
            return after;
        }
    }

    /** No answer, whatever is tried. */
    static final class NeverAnswers extends Exception {
        private static final long serialVersionUID = 1L;

        NeverAnswers(String reason) {
            super(reason);
        }
    }
}
