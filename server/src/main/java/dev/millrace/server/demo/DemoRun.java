package dev.millrace.server.demo;

import dev.millrace.Millrace;
import dev.millrace.flow.Pipeline;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobStore;
import dev.millrace.web.Web;
import dev.millrace.web.WebSettings;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The demo from its first line to its last. Run once, by one thread; {@link #stop} may come from
 * any.
 *
 * <p>It goes on where it stood, whatever moment it was killed at. Before a worker starts, every
 * item of the demo is listed; the rows whose key none of them has are submitted, and only those. A
 * chunk of rows is accepted whole or not at all, and durably, so a row either has its item in that
 * list or never will; an item keeps its key wherever it stands, and what its finished steps made,
 * so it does not matter how far it came. This holds as long as one demo at a time uses a store,
 * which {@link DemoPlace} sees to. Results are read from the store too, never from the memory of
 * this process.
 */
public final class DemoRun {
    /** Longer than items may be looked at: a demo that goes on after weeks needs all of them. */
    private static final Duration KEEP_FOR_EVER = Duration.ofDays(36_500);

    private static final Duration LOOK = Duration.ofMillis(200);

    private final Settings settings;
    private final JobStore store;
    private final PrintStream out;
    private final PrintStream answers;
    private final LiveSummary live;
    private final DemoItems items;
    private final CountDownLatch stop = new CountDownLatch(1);

    /**
     * What may be chosen.
     *
     * @param slots items at work at once at each step, at most
     * @param mostRows rows of the list to take, from the first on
     * @param reports the directory that gets the graded list and the report
     * @param slowness of the web, see {@link FlakyWeb#start}
     * @param seed of the web
     * @param deadline for one whole look-up
     */
    public record Settings(
            int slots, int mostRows, Path reports, double slowness, long seed, Duration deadline) {}

    /**
     * Where a run speaks.
     *
     * @param remarks gets what is said while it runs
     * @param answers gets what came of it
     * @param screen what remarks go to
     */
    public record Voice(PrintStream remarks, PrintStream answers, Screen screen) {}

    /** How a run ended. */
    public sealed interface Ended {

        /** Every job has ended; the results are written. */
        record Finished(DemoSummary summary, Path gradedCsv, Path report) implements Ended {}

        /** Stopped before that; another run goes on from here. */
        record Stopped() implements Ended {}
    }

    /**
     * A run that has not begun.
     *
     * @param store is closed when the run ends
     */
    public DemoRun(Settings settings, JobStore store, Voice voice) {
        this.settings = settings;
        this.store = store;
        this.out = voice.remarks();
        this.answers = voice.answers();
        this.live = new LiveSummary(out, voice.screen(), System::nanoTime);
        this.items = new DemoItems(store, new Json());
    }

    /** Has the run end early: jobs under way may end, the others wait for another run. */
    public void stop() {
        stop.countDown();
    }

    /**
     * Runs.
     *
     * @throws IOException where the results cannot be written; another run tries again
     */
    public Ended run() throws IOException, InterruptedException {
        boolean handedOver = false;
        try {
            var known = items.byKey();
            long lastLine = known.keySet().stream().mapToLong(DemoRun::line).max().orElse(0);
            var list = PackageList.shipped(settings.mostRows(), lastLine);
            greet(list);
            var missing =
                    list.jobs().stream()
                            .map(GradeSteps.Listed::of)
                            .filter(each -> !known.containsKey(each.key()))
                            .toList();
            long open = known.values().stream().filter(item -> !item.state().isEnded()).count();
            if (missing.isEmpty() && open == 0) {
                out.println("All of it was done before. To do it again: ./millrace demo --fresh");
                return report(list);
            }
            if (!known.isEmpty()) {
                out.printf(
                        "Going on where it stood: %s packages are left.%n%n",
                        number(missing.size() + open));
            }
            handedOver = true;
            return work(list, missing);
        } finally {
            if (!handedOver) {
                store.close();
            }
        }
    }

    /** Of a key, see {@link GradeSteps.Listed#key}. */
    private static long line(String key) {
        return Long.parseLong(key.substring(key.lastIndexOf(':') + 1));
    }

    private void greet(PackageList list) {
        out.printf(
                """
                Grading the home pages of %s Debian packages in four steps, %d at a time at each. A
                slow and flaky web on this machine answers for all; no real site is asked anything.

                  rows   %s to look up; %s set aside: %s
                  store  %s
                  stop   Ctrl-C, or kill -9 %d; started again it goes on where it stood

                """,
                number(list.rows()),
                settings.slots(),
                number(list.jobs().size()),
                number(list.setAside().size()),
                commonest(reasons(list.setAside())),
                store.info().address(),
                ProcessHandle.current().pid());
        out.flush();
    }

    private Ended work(PackageList list, List<GradeSteps.Listed> missing)
            throws IOException, InterruptedException {
        var clock = Clock.systemUTC();
        try (var web = FlakyWeb.start(settings.seed(), settings.slowness(), list.directory());
                var fetcher = new PageFetcher(settings.deadline())) {
            var source = new GradeSteps.Source(web, fetcher);
            var pipeline = new GradeSteps(() -> source, clock).pipeline(settings.slots());
            return work(list, missing, pipeline);
        }
    }

    private Ended work(
            PackageList list, List<GradeSteps.Listed> missing, Pipeline<GradeSteps.Listed> pipeline)
            throws IOException, InterruptedException {
        try (var millrace = start(pipeline);
                var door = open(millrace)) {
            out.printf("  open   %s#/pipelines/%s%n%n", door.address(), GradeSteps.NAME);
            out.flush();
            millrace.submitAll(
                    pipeline,
                    missing.stream(),
                    (each, why) -> {
                        throw why; // every key of the list is one that keys may be
                    });
            if (watch(list, millrace)) {
                out.println();
                return report(list);
            }
            out.printf(
                    "Stopping: %d packages under way may end, within %d s.%n",
                    millrace.running(), drain().toSeconds());
        } finally {
            live.close();
        }
        out.println("Stopped. The same command goes on where it stood.");
        return new Ended.Stopped();
    }

    private Millrace start(Pipeline<GradeSteps.Listed> pipeline) {
        return Millrace.builder()
                .store(store)
                .pipeline(pipeline)
                .keepFinished(KEEP_FOR_EVER)
                .drain(drain())
                .start();
    }

    /** On the usual port, or, when somebody has it, on another. */
    private static Web open(Millrace millrace) {
        var usual = WebSettings.standard();
        try {
            return Web.start(millrace, usual, Clock.systemUTC());
        } catch (MillraceException taken) {
            return Web.start(millrace, usual.at(usual.host(), 0), Clock.systemUTC());
        }
    }

    /** Whatever is under way ends within its deadline. */
    private Duration drain() {
        return settings.deadline().plusSeconds(1);
    }

    /** Whether all has ended; otherwise it is to stop. */
    private boolean watch(PackageList list, Millrace millrace) throws InterruptedException {
        while (!stop.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
            var progress = progress(list, millrace.running());
            // Counts are taken one after the other, so a job that moves meanwhile may be in none.
            if (progress.ended() == progress.total() && !items.isOpen()) {
                live.finish(progress);
                return true;
            }
            live.show(progress);
        }
        live.finish(progress(list, millrace.running()));
        return false;
    }

    private Progress progress(PackageList list, int running) {
        var counts = items.counts();
        long taken = counts.available() + counts.running();
        long waiting = Math.max(0, taken - running);
        long open = Math.max(taken, running) + counts.scheduled();
        long setAside = list.setAside().size() + counts.discarded();
        long completed = Math.max(0, list.rows() - open - setAside);
        return new Progress(list.rows(), waiting, running, counts.scheduled(), completed, setAside);
    }

    private Ended report(PackageList list) throws IOException {
        var graded = settings.reports().resolve("graded.csv");
        var page = settings.reports().resolve("report.html");
        var history = DemoHistory.of(list, items);
        var summary = history.summary(settings.slots(), graded.getFileName().toString());
        GradedCsv.write(graded, history.entries());
        Report.write(page, summary);
        answers.printf(
                """
                %s packages in %s%s: %s graded, %s gave no answer.
                %s requests, %s of them tried again.
                %s rows and packages set aside: %s
                One at a time the requests would have taken %s, %s times as long.

                  %s
                  %s
                """,
                number(summary.packages()),
                Report.clock(summary.elapsed()),
                summary.starts() == 1 ? "" : ", over " + summary.starts() + " starts",
                number(summary.completed()),
                number(summary.packages() - summary.completed()),
                number(summary.attempts()),
                number(summary.retries()),
                number(summary.setAsideCount()),
                commonest(summary.setAsideReasons()),
                Report.clock(summary.attemptTime()),
                Report.rounded(summary.speedUp()),
                graded,
                page);
        answers.flush();
        return new Ended.Finished(summary, graded, page);
    }

    private static Map<String, Long> reasons(List<DemoSummary.SetAside> setAside) {
        return setAside.stream()
                .collect(
                        Collectors.groupingBy(DemoSummary.SetAside::reason, Collectors.counting()));
    }

    /** The three commonest reasons; the report has them all. */
    private static String commonest(Map<String, Long> reasons) {
        var texts =
                reasons.entrySet().stream()
                        .sorted(
                                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                                        .thenComparing(Map.Entry.comparingByKey()))
                        .map(each -> number(each.getValue()) + " " + each.getKey())
                        .toList();
        return texts.size() <= 3
                ? String.join(", ", texts)
                : String.join(", ", texts.subList(0, 3)) + ", …";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
