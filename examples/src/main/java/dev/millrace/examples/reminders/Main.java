package dev.millrace.examples.reminders;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.examples.smtp.Letter;
import dev.millrace.examples.smtp.Mailer;
import dev.millrace.examples.smtp.Postbox;
import dev.millrace.examples.smtp.PostboxProcess;
import dev.millrace.examples.stage.Temporary;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Shows the reminders at work: a week of four offers in half a minute, then ten thousand mails.
 * {@code week} and {@code rush [MAILS]} show one of the two.
 */
public final class Main {
    private static final Instant MONDAY = Instant.parse("2026-03-02T09:00:00Z");
    private static final int REAL_MILLIS_PER_DAY = 4_000;
    private static final long SLOW_ANSWER_MILLIS = 200;
    private static final int DEFAULT_MAILS = 10_000;

    private static final int MOST_MAILS = 99_999;

    private static final int CALLERS = 500;

    /** Mails on their way at once; each takes a connection. */
    private static final int SLOTS = 2_000;

    private final PrintStream out = System.out;

    private Main() {}

    /** Runs both acts, or the one that is named. */
    public static void main(String[] args) throws Exception {
        String act = args.length == 0 ? "" : args[0];
        String mails = args.length == 2 ? args[1] : Integer.toString(DEFAULT_MAILS);
        boolean fits = mails.matches("[1-9][0-9]{0,4}") && Integer.parseInt(mails) <= MOST_MAILS;
        if (args.length > 2 || !List.of("", "week", "rush").contains(act) || !fits) {
            System.err.printf(
                    "expected nothing, week, or rush [MAILS] with 1 to %d mails, got '%s'; nothing"
                            + " was done%n",
                    MOST_MAILS, String.join(" ", args));
            System.exit(2);
        }
        try (var place = Temporary.directory("millrace-reminders")) {
            if (!act.equals("rush")) {
                new Main().week(place.path());
            }
            if (!act.equals("week")) {
                new Main().rush(place.path(), Integer.parseInt(mails));
            }
        }
    }

    // ---- a week

    private void week(Path place) throws Exception {
        out.printf(
                "A week of offers, a day in %d s. Reminders on days 2 and 5, if still wanted.%n%n",
                REAL_MILLIS_PER_DAY / 1_000);
        var clock = new HurriedClock(MONDAY, Duration.ofDays(1).toMillis() / REAL_MILLIS_PER_DAY);
        try (var postbox = Postbox.start(letter -> told(clock, letter));
                var offers = Offers.at(place.resolve("week-offers.db"));
                var millrace =
                        builder(
                                        offers,
                                        new Mailer(
                                                postbox.address(),
                                                OfferMails.FROM,
                                                Duration.ofSeconds(10)))
                                .store(SqliteStore.at(place.resolve("week-jobs.db")))
                                .clock(clock)
                                .start()) {
            var desk = new OfferDesk(offers, millrace);
            desk.catchUp();
            desk.make("ada@example.org", "a bicycle");
            long sofa = desk.make("greylisted-ben@example.org", "a sofa");
            long lamp = desk.make("cy@example.org", "a lamp");
            desk.make("nobody@example.org", "a chair");
            day(clock, 1);
            said(clock, "ben claims the sofa");
            desk.claim(sofa);
            day(clock, 3);
            said(clock, "the lamp is withdrawn");
            desk.withdraw(lamp);
            day(clock, 7);
            out.printf("%nWhat became of the jobs:%n%n");
            jobs(millrace.store());
        }
        out.println();
    }

    private void told(HurriedClock clock, Letter letter) {
        said(
                clock,
                "mail to %-26s  %-38s  %s"
                        .formatted(letter.to(), letter.subject(), letter.messageId()));
    }

    private void said(HurriedClock clock, String text) {
        Instant now = clock.instant();
        out.printf(
                "  day %d, %s  %s%n",
                Duration.between(MONDAY, now).toDays(), now.toString().substring(11, 16), text);
    }

    private static void day(HurriedClock clock, int number) throws InterruptedException {
        Instant until = MONDAY.plus(Duration.ofDays(number));
        while (clock.instant().isBefore(until)) {
            pause(20);
        }
    }

    private void jobs(JobStore store) {
        store.list(JobFilter.all(), 1_000, null).items().stream()
                .sorted(Comparator.comparingLong(JobSnapshot::id))
                .map(job -> store.find(job.id()).orElseThrow())
                .forEach(job ->
                        out.printf(
                                "  job %-3d %-16s %-9s %-9s  %s%n",
                                job.id(),
                                job.kind(),
                                job.tags().getFirst(),
                                job.state() instanceof JobState.Completed done && done.skipped()
                                        ? "skipped"
                                        : job.state().name().text(),
                                reason(job)));
    }

    private static String reason(JobSnapshot job) {
        return job.attempts().stream()
                .map(Attempt::error)
                .filter(Objects::nonNull)
                .map(error -> error.message().lines().findFirst().orElse(""))
                .reduce((first, second) -> second)
                .orElse("");
    }

    // ---- ten thousand at once

    private void rush(Path place, int mails) throws Exception {
        out.printf(
                Locale.ROOT,
                """
                %,d mails, %,d at once, from one process with -Xmx%dm. The mail server, a process
                of its own, answers each after %d ms; every 50th address is greylisted (451), every
                500th unknown (550).

                """,
                mails,
                SLOTS,
                Runtime.getRuntime().maxMemory() >> 20,
                SLOW_ANSWER_MILLIS);
        var jobs = place.resolve("rush-jobs.db");
        try (var postbox = PostboxProcess.start(SLOW_ANSWER_MILLIS);
                var offers = Offers.at(place.resolve("rush-offers.db"))) {
            long start = System.nanoTime();
            try (var webTier = Millrace.builder().store(SqliteStore.at(jobs)).start()) {
                make(new OfferDesk(offers, webTier), mails);
            }
            out.printf(
                    Locale.ROOT,
                    "  %4.1f s  offers made by %,d callers, %,d jobs durable%n",
                    seconds(start),
                    CALLERS,
                    mails * (1 + OfferDesk.REMINDER_DAYS.size()));
            try (var worker =
                    builder(
                                    offers,
                                    new Mailer(
                                            postbox.address(),
                                            OfferMails.FROM,
                                            Duration.ofSeconds(60)))
                            .store(SqliteStore.at(jobs))
                            .queue(OfferMails.QUEUE, SLOTS)
                            .start()) {
                watch(worker, postbox, mails);
            }
        }
    }

    /** Many callers at once, as a web tier has. */
    private static void make(OfferDesk desk, int mails) throws Exception {
        var made = new ArrayList<Future<?>>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 1; caller <= CALLERS; caller++) {
                int first = caller;
                made.add(
                        callers.submit(() -> {
                            for (int i = first; i <= mails; i += CALLERS) {
                                desk.make(address(i), "a thing");
                            }
                            return null;
                        }));
            }
        }
        for (var each : made) {
            each.get();
        }
    }

    private static String address(int i) {
        String name = i % 500 == 0 ? "nobody" : i % 50 == 0 ? "greylisted" : "somebody";
        return name + i + "@example.org";
    }

    private void watch(Millrace worker, PostboxProcess postbox, int mails) throws Exception {
        long start = System.nanoTime();
        int atFirst = mails - mails / 50;
        int most = 0;
        double sent = 0;
        long idleLooks = 0;
        for (int looks = 0; idleLooks < 3; looks++) {
            int running = worker.running();
            long taken = postbox.counts().received();
            most = Math.max(most, running);
            if (sent == 0 && taken >= atFirst) {
                sent = seconds(start);
            }
            if (looks % 10 == 0 && sent == 0) {
                out.printf(
                        Locale.ROOT,
                        "  %4.1f s  %,6d running  %,6d taken by the server%n",
                        seconds(start),
                        running,
                        taken);
            }
            idleLooks = running == 0 && idle(worker.store()) ? idleLooks + 1 : 0;
            pause(50);
        }
        report(postbox.counts(), worker.store(), atFirst, sent, most, seconds(start));
    }

    /** Only what is due in days is left. */
    private static boolean idle(JobStore store) {
        if (store.queues().stream().anyMatch(q -> q.available() > 0 || q.running() > 0)) {
            return false;
        }
        var scheduled = new JobFilter(JobState.Name.SCHEDULED, null, null, null);
        return store.list(scheduled, 1, null).items().stream()
                .noneMatch(job -> job.kind().equals(OfferMails.INVITE.kind()));
    }

    private void report(
            PostboxProcess.Counts counts,
            JobStore store,
            int atFirst,
            double sent,
            int most,
            double over)
            throws IOException {
        out.printf(
                Locale.ROOT,
                """

                  %,d mails at the first try in %.1f s: %,.0f a second
                  all over after %.1f s, when the greylisted had been tried again
                  %,d mails taken by the server, %,d different Message-IDs
                  %,d refusals, %,d jobs given up (550)
                  %,d running at once here, %,d waiting at once at the server
                  %s resident at most
                """,
                atFirst,
                sent,
                atFirst / sent,
                over,
                counts.received(),
                counts.distinct(),
                counts.refused(),
                store.queues().stream().mapToInt(QueueSnapshot::discarded).sum(),
                most,
                counts.mostWaiting(),
                residentPeak());
    }

    private static MillraceBuilder builder(Offers offers, Mailer mailer) {
        var builder = Millrace.builder().keepFinished(Duration.ofDays(365));
        new OfferMails(offers, mailer).configure(builder);
        return builder;
    }

    private static String residentPeak() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return "not known on this system";
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024 + " MB")
                    .findFirst()
                    .orElse("not known on this system");
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void pause(long millis) throws InterruptedException {
        boolean never = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        assert !never;
    }
}
