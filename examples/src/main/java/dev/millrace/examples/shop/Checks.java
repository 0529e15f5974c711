package dev.millrace.examples.shop;

import dev.millrace.examples.smtp.PostboxProcess;
import dev.millrace.job.JobState;
import dev.millrace.schedule.Cron;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** Looks at what a rush has left, from outside. */
final class Checks {
    private static final int PAGE = 1_000;

    private final Place place;
    private final PrintStream out;
    private int wrong;

    Checks(Place place, PrintStream out) {
        this.place = place;
        this.out = out;
        out.printf("%nLooked at from outside:%n%n");
    }

    /** How much was not as it should be. */
    int wrong() {
        return wrong;
    }

    void orders(Customers customers, boolean drained) {
        say(
                customers.refused() == 0 && drained,
                "orders",
                String.format(
                        Locale.ROOT,
                        "%,d taken, %,d refused, the slowest answer after %,d ms%s",
                        customers.taken(),
                        customers.refused(),
                        customers.slowestMillis(),
                        drained ? "" : "; jobs were left"));
    }

    void mails(PostboxProcess.Counts counts, int orders) {
        boolean right = counts.received() == 2L * orders && counts.distinct() == 2 * orders;
        say(
                right,
                "mails",
                String.format(
                        Locale.ROOT,
                        "%,d taken by the server, %,d different, two for each order expected",
                        counts.received(),
                        counts.distinct()));
    }

    /** That each order has one line of this kind in the ledger. */
    void once(String what, int orders) throws IOException {
        List<String> noted = noted(what);
        int different = new HashSet<>(noted).size();
        say(
                noted.size() == orders && different == orders,
                what,
                String.format(Locale.ROOT, "%,d written, %,d different", noted.size(), different));
    }

    /** That each order was shown in time or not at all. */
    void screen(JobStore store, int orders) throws IOException {
        int shown = noted("show").size();
        int expired = 0;
        var filter = new JobFilter(JobState.Name.EXPIRED, Shop.SCREEN, Shop.SHOW.kind(), null);
        String after = null;
        do {
            var page = store.list(filter, PAGE, after);
            expired += page.items().size();
            after = page.next();
        } while (after != null);
        say(
                shown + expired == orders,
                "screen",
                String.format(
                        Locale.ROOT,
                        "%,d shown in time, %,d too late and left out",
                        shown,
                        expired));
    }

    /** That from the first to the last tick each was done once. */
    void ticks(String schedule, String cron) throws IOException {
        List<Instant> done = noted(schedule).stream().map(Instant::parse).sorted().toList();
        var expected = new ArrayList<Instant>();
        var clock = Cron.of(cron, Shop.ZONE);
        if (!done.isEmpty()) {
            for (var at = done.getFirst();
                    !at.isAfter(done.getLast());
                    at = clock.next(at).orElseThrow()) {
                expected.add(at);
            }
        }
        say(
                done.size() > 1 && done.equals(expected),
                schedule,
                String.format(
                        Locale.ROOT,
                        "%d ticks, each once, none left out from %s to %s",
                        done.size(),
                        done.isEmpty() ? "-" : done.getFirst(),
                        done.isEmpty() ? "-" : done.getLast()));
    }

    private List<String> noted(String what) throws IOException {
        return place.ledger().stream()
                .filter(done -> done.what().equals(what))
                .map(Place.Done::about)
                .toList();
    }

    private void say(boolean right, String what, String text) {
        wrong += right ? 0 : 1;
        out.printf("  %-5s %-8s  %s%n", right ? "ok" : "WRONG", what, text);
    }
}
