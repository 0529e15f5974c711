package dev.millrace.server.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;

import dev.millrace.job.MillraceException;
import dev.millrace.server.demo.DemoPlace;
import dev.millrace.server.demo.DemoRun;
import dev.millrace.server.demo.DemoSummary;
import dev.millrace.server.demo.Screen;
import dev.millrace.server.log.LogConfigurator;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * {@code millrace demo}. Ends with 0 when all packages have their grade or their reason and the
 * results are written, with 1 when they could not be written; stopped by SIGINT or SIGTERM it
 * drains, and the process ends with 130 or 143 as the signal wants it.
 *
 * <p>Refusals come out as {@link MillraceException}: the program gives them their exit code.
 */
@Command(
        name = "demo",
        description = {
            "Grade the home pages of several thousand real packages in a pipeline of four steps,",
            "against a slow and flaky web on this machine. Ctrl-C stops it; started again, even",
            "after kill -9, it goes on where it stood, and no finished step is done again. Its jobs"
                    + " are in",
            "sqlite:millrace-data/demo.db unless --store says otherwise."
        },
        sortOptions = false)
public final class DemoCommand implements Callable<Integer> {
    private static final String STORE = "sqlite:millrace-data/demo.db";
    private static final int MOST_WORKERS = 10_000;
    private static final double MOST_SLOWNESS = 100;
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private final Session session;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "64",
            description = "at work at once at each step, 1 to 10,000; default ${DEFAULT-VALUE}")
    private int workers;

    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "only the first rows of the list; default all")
    private @Nullable Integer rows;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "millrace-data/demo",
            description = "where graded.csv and report.html go; default ${DEFAULT-VALUE}")
    private Path out = Path.of("");

    @Option(
            names = "--fresh",
            description = "start over: deletes what an earlier demo left in the store")
    private boolean fresh;

    @Option(
            names = "--slowness",
            paramLabel = "X",
            defaultValue = "1",
            description =
                    "how slow the web answers: 0 at once, 2 twice as slow; default"
                            + " ${DEFAULT-VALUE}")
    private double slowness;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "another number, another weather on the web; keep it when going on; default"
                            + " ${DEFAULT-VALUE}")
    private long seed;

    /** Made for a command line, which fills in the options. */
    public DemoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        var settings = settings();
        var voice = voice();
        quieten(voice.screen().terminal());
        try (var place = DemoPlace.take(session.addressOr(STORE), out)) {
            if (fresh) {
                place.startOver();
            }
            return drainedOnSignal(new DemoRun(settings, place.open(), voice));
        } catch (IOException e) {
            session.console()
                    .say(
                            "the demo could not write its files (%s); mend that and start it again,"
                                            .formatted(e)
                                    + " no job is lost");
            return Exit.FAILED;
        }
    }

    private DemoRun.Settings settings() {
        if (workers < 1 || workers > MOST_WORKERS) {
            throw MillraceException.invalid(
                    "--workers must be 1 to %,d, got %d".formatted(MOST_WORKERS, workers));
        }
        if (rows != null && rows < 1) {
            throw MillraceException.invalid("--rows must be 1 or more, got %d".formatted(rows));
        }
        if (!(slowness >= 0 && slowness <= MOST_SLOWNESS)) {
            throw MillraceException.invalid(
                    "--slowness must be 0 to %.0f, got %s".formatted(MOST_SLOWNESS, slowness));
        }
        return new DemoRun.Settings(
                workers, rows == null ? Integer.MAX_VALUE : rows, out, slowness, seed, DEADLINE);
    }

    /** A signal makes the JVM run its hooks and end with the signal's code once they are done. */
    private int drainedOnSignal(DemoRun run) throws IOException, InterruptedException {
        var done = new CountDownLatch(1);
        var hook =
                new Thread(
                        () -> {
                            run.stop();
                            await(done);
                        },
                        "millrace-demo-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return switch (run.run()) {
                case DemoRun.Ended.Finished(DemoSummary summary, Path list, Path report) -> {
                    if (session.json()) {
                        session.console().out().println(json(summary, list, report));
                    }
                    yield Exit.DONE;
                }
                case DemoRun.Ended.Stopped() -> Exit.FAILED;
            };
        } finally {
            done.countDown();
            forget(hook);
        }
    }

    private static void await(CountDownLatch done) {
        try {
            boolean inTime = done.await(DEADLINE.plusSeconds(30).toSeconds(), TimeUnit.SECONDS);
            assert inTime : "the drain has bounds of its own";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down already: the hook is at work, and ends by itself.
        }
    }

    private static JsonLine json(DemoSummary summary, Path list, Path report) {
        return new JsonLine()
                .with("rows", summary.rows())
                .with("packages", summary.packages())
                .with("completed", summary.completed())
                .with("attempts", summary.attempts())
                .with("retries", summary.retries())
                .with("setAside", summary.setAsideReasons())
                .with("starts", summary.starts())
                .with("elapsedMillis", summary.elapsed().toMillis())
                .with("attemptMillis", summary.attemptTime().toMillis())
                .with("speedUp", summary.speedUp())
                .with("gradedCsv", list.toString())
                .with("report", report.toString());
    }

    /** Lines of the log would tear the picture; who wants them says so by the variable. */
    private void quieten(boolean picture) {
        boolean wanted = session.console().environment().containsKey(LogConfigurator.LEVEL);
        if (!wanted && LoggerFactory.getLogger("dev.millrace") instanceof Logger logger) {
            logger.setLevel(picture ? Level.ERROR : Level.WARN);
        }
    }

    private DemoRun.Voice voice() {
        var nobody = new PrintStream(OutputStream.nullOutputStream());
        var out = utf8(System.out);
        var screen =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
                        ? Screen.of(true, session.console().environment())
                        : Screen.plain();
        return new DemoRun.Voice(
                session.quiet() || session.json() ? nobody : out,
                session.json() ? nobody : out,
                screen);
    }

    /** The bars need it, and terminals understand it even where the locale does not say so. */
    private static PrintStream utf8(PrintStream stream) {
        return stream.charset().equals(StandardCharsets.UTF_8)
                ? stream
                : new PrintStream(stream, false, StandardCharsets.UTF_8);
    }
}
