package dev.millrace.examples.reminders;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.examples.smtp.Letter;
import dev.millrace.examples.smtp.Postbox;
import dev.millrace.examples.smtp.PostboxProcess;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Shows the reminders at work: a week of five offers in half a minute, then ten thousand mails at
 * once. {@code [--mails N]} changes how many.
 */
public final class Main {
    private static final Instant MONDAY = Instant.parse("2026-03-02T09:00:00Z");
    private static final int REAL_MILLIS_PER_DAY = 4_000;
    private static final long SLOW_ANSWER_MILLIS = 200;
    private static final int DEFAULT_MAILS = 10_000;

    private final PrintStream out = System.out;

    private Main() {}

    /** Runs both acts. */
    public static void main(String[] args) throws Exception {
        int mails = DEFAULT_MAILS;
        if (args.length == 2 && args[0].equals("--mails") && args[1].matches("[0-9]{1,5}")) {
            mails = Math.clamp(Integer.parseInt(args[1]), 1, 18_000);
        } else if (args.length > 0) {
            System.err.println("expected [--mails N] with N from 1 to 18000; nothing was done");
            System.exit(2);
        }
        Path place = Files.createTempDirectory("millrace-reminders");
        try {
            new Main().week(place);
            new Main().rush(place, mails);
        } finally {
            delete(place);
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
                        builder(offers, new Mailer(postbox.address(), Duration.ofSeconds(10)))
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
                "%,d mails at once, one process with -Xmx%dm. The mail server, a process of its%n"
                        + "own, answers each after %d ms; every 50th address is greylisted (451),"
                        + " every 500th%nunknown (550).%n%n",
                mails,
                Runtime.getRuntime().maxMemory() >> 20,
                SLOW_ANSWER_MILLIS);
        try (var postbox = PostboxProcess.start(SLOW_ANSWER_MILLIS);
                var offers = Offers.at(place.resolve("rush-offers.db"));
                var millrace =
                        builder(offers, new Mailer(postbox.address(), Duration.ofSeconds(60)))
                                .store(SqliteStore.at(place.resolve("rush-jobs.db")))
                                .queue(OfferMails.QUEUE, mails)
                                .start()) {
            long start = System.nanoTime();
            make(new OfferDesk(offers, millrace), mails);
            double made = seconds(start);
            var peak = watch(millrace, postbox, start);
            report(postbox.counts(), mails, made, peak);
        }
    }

    /** Every offer by a caller of its own, as a web tier does. */
    private static void make(OfferDesk desk, int mails) throws Exception {
        var made = new ArrayList<Future<Long>>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 1; i <= mails; i++) {
                String name = i % 500 == 0 ? "nobody" : i % 50 == 0 ? "greylisted" : "somebody";
                String to = name + i + "@example.org";
                made.add(callers.submit(() -> desk.make(to, "a thing")));
            }
        }
        for (var each : made) {
            each.get();
        }
    }

    /**
     * What was reached.
     *
     * @param running the most jobs that ran at once
     * @param seconds until no mail was left to send
     * @param discarded jobs given up
     */
    private record Peak(int running, double seconds, int discarded) {}

    private Peak watch(Millrace millrace, PostboxProcess postbox, long start) throws Exception {
        int most = 0;
        for (int looks = 1; ; looks++) {
            int running = millrace.running();
            most = Math.max(most, running);
            if (looks % 10 == 0) {
                out.printf(
                        Locale.ROOT,
                        "  %4.1f s  %,6d running  %,6d taken by the server%n",
                        seconds(start),
                        running,
                        postbox.counts().received());
            }
            if (running == 0 && idle(millrace.store())) {
                return new Peak(most, seconds(start), queue(millrace.store()));
            }
            pause(50);
        }
    }

    /** Only what is due in days is left. */
    private static boolean idle(JobStore store) {
        boolean busy = store.queues().stream().anyMatch(q -> q.available() > 0 || q.running() > 0);
        if (busy) {
            return false;
        }
        var next =
                store.list(new JobFilter(JobState.Name.SCHEDULED, null, null, null), 1, null)
                        .items();
        return next.isEmpty() || !next.getFirst().kind().equals(OfferMails.INVITE.kind());
    }

    private static int queue(JobStore store) {
        return store.queues().stream().mapToInt(queue -> queue.discarded()).sum();
    }

    private void report(PostboxProcess.Counts counts, int mails, double made, Peak peak)
            throws IOException {
        out.printf(
                Locale.ROOT,
                """

                  offers made, jobs durable   %,d callers, %,d jobs, %.1f s
                  mails taken by the server   %,d, %,d different Message-IDs, %.0f/s
                  refused by the server       %,d
                  given up (550)              %,d
                  most running at once        %,d here, %,d waiting at the server
                  all over after              %.1f s, with the waits for the greylisted
                  resident memory, peak       %s
                """,
                mails,
                mails * (1 + OfferDesk.REMINDER_DAYS.size()),
                made,
                counts.received(),
                counts.distinct(),
                counts.received() / peak.seconds(),
                counts.refused(),
                peak.discarded(),
                peak.running(),
                counts.mostWaiting(),
                peak.seconds(),
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

    private static void delete(Path place) throws IOException {
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
