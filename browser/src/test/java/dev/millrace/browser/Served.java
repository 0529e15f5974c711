package dev.millrace.browser;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.JobRequest;
import dev.millrace.job.LogLine;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.web.Web;
import dev.millrace.web.WebSettings;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** A dashboard over a store in a file, with a worker whose jobs do what tests want. */
final class Served implements AutoCloseable {
    /** Completes with its payload. */
    static final Task<RawJson> MAIL = Task.named("mail.send", RawJson.class);

    /** Fails with its payload as the message, once and for all. */
    static final Task<RawJson> FAIL =
            Task.named("import.row", RawJson.class).retry(RetryPolicy.never());

    /** Reports what can be reported, then runs until it is released. */
    static final Task<RawJson> HOLD = Task.named("report.build", RawJson.class);

    /** Waits for the signal {@code approval}. */
    static final Task<RawJson> ASK = Task.named("order.approve", RawJson.class);

    /** No worker knows it. */
    static final Task<RawJson> UNKNOWN = Task.named("nobody.knows", RawJson.class);

    final Millrace millrace;
    final Web web;
    final CountDownLatch release = new CountDownLatch(1);

    Served(Path folder) {
        this(folder, UnaryOperator.identity(), UnaryOperator.identity());
    }

    Served(Path folder, UnaryOperator<MillraceBuilder> with) {
        this(folder, with, UnaryOperator.identity());
    }

    Served(Path folder, UnaryOperator<MillraceBuilder> with, UnaryOperator<WebSettings> settings) {
        var builder =
                Millrace.builder()
                        .store(SqliteStore.at(folder.resolve("jobs.db")))
                        .workerName("shop-1")
                        .drain(Duration.ofSeconds(5))
                        .queue("mail", 16)
                        .queue("import", 4)
                        .handle(MAIL, (payload, job) -> payload)
                        .handle(
                                FAIL,
                                (payload, job) -> {
                                    throw new IllegalStateException(payload.text());
                                })
                        .handle(
                                HOLD,
                                (payload, job) -> {
                                    job.step("fetched", () -> {});
                                    job.progress(3, 4, "page three");
                                    job.log("began");
                                    job.log(LogLine.Level.WARN, payload.text());
                                    job.checkpoint(new RawJson("{\"page\":3}"));
                                    release.await();
                                    return null;
                                })
                        .handle(ASK, (payload, job) -> job.waitFor("approval", RawJson.class));
        this.millrace = with.apply(builder).start();
        this.web =
                Web.start(
                        millrace,
                        settings.apply(WebSettings.standard().at("127.0.0.1", 0)),
                        Clock.systemUTC());
    }

    String address() {
        return web.address();
    }

    Visit visit() {
        return new Visit(address());
    }

    long enqueue(JobRequest<?> request) throws InterruptedException {
        return millrace.enqueue(request).id();
    }

    /** A job that has ended. */
    long ended(JobRequest<?> request) throws InterruptedException {
        long id = enqueue(request);
        millrace.job(id).await(Duration.ofSeconds(30)).orElseThrow();
        return id;
    }

    static RawJson json(String text) {
        return new RawJson(text);
    }

    @Override
    public void close() {
        release.countDown();
        web.close();
        millrace.close();
    }
}
