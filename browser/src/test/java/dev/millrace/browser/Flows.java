package dev.millrace.browser;

import dev.millrace.MillraceBuilder;
import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobRequest;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.queue.BatchCallback;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.When;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * A dashboard on which there are pipelines, batches and schedules. An item whose name begins with
 * {@code bad} fails at the second step until that is {@link #mend mended}, {@code gone} is set
 * aside at the first, {@code slow} stays at the second until it is released.
 */
final class Flows implements AutoCloseable {
    static final String PIPELINE = "grade";

    /** At most one job of a tenant runs at once. */
    static final String LIMITED = "exports";

    /** Of one host at most one job begins within an hour. */
    static final String RATED = "calls";

    record Company(String name) {}

    record Website(String company, String host) {}

    record Content(String company, int bytes) {}

    record Grade(String company, int points) {}

    final Served served;
    private final CountDownLatch release = new CountDownLatch(1);
    private final ExecutorService fillers = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean mended;
    private final Pipeline<Company> pipeline =
            Pipeline.named(PIPELINE, Company.class)
                    .key(Company::name)
                    .step("website", Website.class, this::website, s -> s.concurrency(4))
                    .step(
                            "fetch",
                            Content.class,
                            this::fetch,
                            s -> s.concurrency(4).retry(RetryPolicy.never()).backlog(1_000))
                    .step(
                            "grade",
                            Grade.class,
                            (content, job) ->
                                    StepAnswer.next(new Grade(content.company(), content.bytes())))
                    .build();

    Flows(Path folder) {
        this(folder, Served::new);
    }

    /** How what is served is made. */
    interface Making {
        Served make(Path folder, UnaryOperator<MillraceBuilder> with);
    }

    Flows(Path folder, Making making) {
        this.served =
                making.make(
                        folder,
                        builder ->
                                builder.pipeline(pipeline)
                                        .queue(LIMITED, q -> q.slots(4).limitPerKey("tenant", 1))
                                        .queue(
                                                RATED,
                                                q ->
                                                        q.slots(4)
                                                                .windowPerKey(
                                                                        "host",
                                                                        1,
                                                                        Duration.ofHours(1)))
                                        .schedule(
                                                "nightly",
                                                Cron.of("0 3 * * *", ZoneOffset.UTC),
                                                Served.MAIL.with(Served.json("{\"to\": \"all\"}")))
                                        .schedule(
                                                "import",
                                                When.every(Duration.ofHours(6)),
                                                Served.MAIL.with(Served.json("{}")).queue("mail")));
    }

    private StepAnswer<Website> website(Company company, JobContext job) {
        return company.name().startsWith("gone")
                ? StepAnswer.reject("no website")
                : StepAnswer.next(new Website(company.name(), company.name() + ".example"));
    }

    private StepAnswer<Content> fetch(Website site, JobContext job) throws InterruptedException {
        if (site.company().startsWith("bad") && !mended) {
            String what = site.company().startsWith("bad-cert") ? "its certificate" : "status 503";
            throw new IllegalStateException("expected a page, got " + what);
        }
        if (site.company().startsWith("slow")) {
            release.await();
        }
        return StepAnswer.next(new Content(site.company(), site.host().length()));
    }

    /** An item that is on its way. */
    void submit(String company) {
        served.millrace.submit(pipeline, new Company(company));
    }

    /** From now on nothing fails. */
    void mend() {
        mended = true;
    }

    /** Lets what is held go on. */
    void release() {
        release.countDown();
    }

    /** A batch of mails, one of them failing and one held, with all that follows. */
    long batch() throws InterruptedException {
        var none = Served.json("{}");
        return served.millrace
                .batch(
                        "newsletter",
                        batch -> {
                            for (int i = 0; i < 5; i++) {
                                batch.add(mail(i));
                            }
                            batch.add(Served.FAIL.with(Served.json("\"no such address\"")));
                            batch.add(Served.HOLD.with(Served.json("\"the last\"")));
                            batch.batch("attachments", part -> part.add(mail(9)));
                        },
                        BatchCallback.onDone(Served.MAIL.with(none)),
                        BatchCallback.onCompleted(Served.MAIL.with(none)),
                        BatchCallback.onFailed(Served.MAIL.with(none)))
                .id();
    }

    /** A batch that somebody fills until it is released. */
    long abandoned() {
        var made = new CompletableFuture<Long>();
        fillers.execute(() -> {
            try {
                served.millrace.batch(
                        "abandoned",
                        batch -> {
                            batch.add(mail(1));
                            made.complete(batch.id());
                            release.await();
                        });
            } catch (InterruptedException e) {
                made.completeExceptionally(e);
            }
        });
        return made.join();
    }

    private static JobRequest<RawJson> mail(int i) {
        return Served.MAIL.with(Served.json("{\"to\": %d}".formatted(i)));
    }

    /** Jobs of one tenant, all but one of them held by a limit. */
    List<Long> limited() throws InterruptedException {
        var first =
                served.enqueue(
                        Served.HOLD
                                .with(Served.json("\"first\""))
                                .queue(LIMITED)
                                .key("tenant", "acme"));
        var second =
                served.enqueue(
                        Served.HOLD
                                .with(Served.json("\"second\""))
                                .queue(LIMITED)
                                .key("tenant", "acme"));
        return List.of(first, second);
    }

    @Override
    public void close() {
        release();
        fillers.close();
        served.close();
    }
}
