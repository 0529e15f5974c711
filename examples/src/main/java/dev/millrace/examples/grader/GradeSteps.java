package dev.millrace.examples.grader;

import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.JobContext;
import dev.millrace.job.RetryPolicy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.function.BiConsumer;

/** The steps: what stands between the name of a company and the grade of its website. */
final class GradeSteps {
    static final String NAME = "grade";

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final RetryPolicy PATIENT =
            RetryPolicy.standard()
                    .attempts(8)
                    .backoff(Duration.ofMillis(20), Duration.ofMillis(500));

    /** A company, as a list has it. */
    record Company(String name) {}

    /** Where it is on the web. */
    record Website(String company, String host) {}

    /** What was there. */
    record Page(String company, String host, int bytes, String text) {}

    /** What that is worth. */
    record Graded(String company, String host, int points) {}

    private final URI web;
    private final Lanes lanes;
    private final BiConsumer<String, String> done;
    private final HttpClient client = HttpClient.newHttpClient();

    /**
     * @param web where it is asked
     * @param lanes how many ask one host at a time
     * @param done hears of each step of a company that was done
     */
    GradeSteps(URI web, Lanes lanes, BiConsumer<String, String> done) {
        this.web = web;
        this.lanes = lanes;
        this.done = done;
    }

    /** The pipeline, with so many at work at once at each step that waits for the web. */
    Pipeline<Company> pipeline(int workers) {
        return Pipeline.named(NAME, Company.class)
                .key(Company::name)
                .step("name", Company.class, this::name, s -> s.concurrency(workers))
                .step(
                        "website",
                        Website.class,
                        this::website,
                        s -> s.concurrency(workers).retry(PATIENT).timeout(PATIENCE))
                .step(
                        "fetch",
                        Page.class,
                        this::fetch,
                        s -> s.concurrency(workers).retry(PATIENT).timeout(PATIENCE).backlog(5_000))
                .step("grade", Graded.class, this::grade, s -> s.concurrency(workers))
                .build();
    }

    private StepAnswer<Company> name(Company company, JobContext job) {
        String clean = company.name().strip().toLowerCase(Locale.ROOT);
        done.accept("name", company.name());
        return clean.startsWith("test-")
                ? StepAnswer.skip("no company, a test")
                : StepAnswer.next(company);
    }

    private StepAnswer<Website> website(Company company, JobContext job)
            throws IOException, InterruptedException {
        var answer = ask("/find/" + company.name());
        done.accept("website", company.name());
        return answer.statusCode() == 404
                ? StepAnswer.reject("no website")
                : StepAnswer.next(new Website(company.name(), answer.body().strip()));
    }

    private StepAnswer<Page> fetch(Website site, JobContext job)
            throws IOException, InterruptedException {
        HttpResponse<String> answer =
                lanes.in(site.host(), () -> ask("/site/" + site.host() + "/" + site.company()));
        done.accept("fetch", site.company());
        return StepAnswer.next(
                new Page(site.company(), site.host(), answer.body().length(), answer.body()));
    }

    private StepAnswer<Graded> grade(Page page, JobContext job) {
        int points = Math.min(100, page.bytes() / 2 + (page.text().contains("<title>") ? 40 : 0));
        done.accept("grade", page.company());
        return StepAnswer.next(new Graded(page.company(), page.host(), points));
    }

    private HttpResponse<String> ask(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(web.resolve(path)).timeout(PATIENCE).build();
        var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 500) {
            throw new IOException("expected an answer, got status " + answer.statusCode());
        }
        return answer;
    }
}
