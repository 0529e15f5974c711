package dev.millrace.examples.shop;

import dev.millrace.Millrace;
import dev.millrace.admin.QueueScale;
import dev.millrace.examples.smtp.PostboxProcess;
import dev.millrace.examples.stage.Stores;
import dev.millrace.store.QueueSnapshot;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A rush: customers order at a steady rate; one worker falls behind, so that more are started, one
 * after another, while it goes on. In the end everything is looked at: {@link Checks}.
 */
final class Rehearsal {
    private static final long MAIL_MILLIS = 100;
    private static final long ALONE_MILLIS = 8_000;
    private static final long NEXT_MILLIS = 2_000;
    private static final long LAST_MILLIS = 8_000;
    private static final long LOOK_MILLIS = 1_000;
    private static final long DRAIN_MILLIS = 120_000;
    private static final Duration TARGET_WAIT = Duration.ofSeconds(2);

    private final Options asked;
    private final Path directory;
    private final PrintStream out;
    private final long start = System.nanoTime();

    Rehearsal(Options asked, Path directory, PrintStream out) {
        this.asked = asked;
        this.directory = directory;
        this.out = out;
    }

    /** Answers 0 when all is right. */
    int run() throws IOException, InterruptedException {
        out.printf(
                Locale.ROOT,
                """
                %d orders a second. Each is two mails, one of them 3 s later, an invoice, and a line
                on a screen which is worth nothing after 1.5 s. The mail server takes %d ms a mail, a
                worker sends 8 at once. Sales are summed every 2 s, a night comes every 10.

                  time  workers  wanted  orders  mail waiting, oldest     invoices  screen
                """,
                asked.rate(),
                MAIL_MILLIS);
        try (var postbox = PostboxProcess.start(MAIL_MILLIS)) {
            var options = asked.at(directory, postbox.address().getPort());
            var place = new Place(directory);
            try (var millrace =
                    Millrace.builder().store(Stores.open(options.storeText())).start()) {
                Rushed rushed = rushed(millrace, options);
                var checks = new Checks(place, out);
                checks.orders(rushed.customers(), rushed.drained());
                checks.mails(postbox.counts(), rushed.customers().taken());
                checks.once("invoice", rushed.customers().taken());
                checks.screen(millrace.store(), rushed.customers().taken());
                checks.ticks(Shop.SALES, options.pace().sales());
                checks.ticks(Shop.NIGHTLY, options.pace().archive());
                out.printf(
                        "%n%s%n",
                        checks.wrong() == 0
                                ? "All is right: everything was done once, by %d workers"
                                        .formatted(asked.workers())
                                : checks.wrong() + " of it WRONG");
                return checks.wrong() == 0 ? 0 : 1;
            }
        }
    }

    private record Rushed(Customers customers, boolean drained) {}

    /** From the first order to the end of the last process. */
    private Rushed rushed(Millrace millrace, Options options)
            throws IOException, InterruptedException {
        try (var processes = new Processes(options)) {
            var customers = rush(millrace, processes);
            return new Rushed(customers, drain(millrace, processes, customers));
        }
    }

    private Customers rush(Millrace millrace, Processes processes)
            throws IOException, InterruptedException {
        processes.hire();
        try (var customers = new Customers(processes.port(), asked.rate())) {
            watch(millrace, processes, customers, ALONE_MILLIS);
            while (processes.workers() < asked.workers()) {
                processes.hire();
                watch(millrace, processes, customers, NEXT_MILLIS);
            }
            watch(millrace, processes, customers, LAST_MILLIS);
            return customers;
        }
    }

    private boolean drain(Millrace millrace, Processes processes, Customers customers)
            throws InterruptedException {
        out.printf("  no more orders%n");
        for (long waited = 0; waited < DRAIN_MILLIS; waited += LOOK_MILLIS) {
            if (millrace.store().queues().stream().allMatch(Rehearsal::isEmpty)) {
                return true;
            }
            watch(millrace, processes, customers, LOOK_MILLIS);
        }
        return false;
    }

    private static boolean isEmpty(QueueSnapshot queue) {
        return queue.available() == 0 && queue.running() == 0 && queue.scheduled() == 0;
    }

    private void watch(Millrace millrace, Processes processes, Customers customers, long millis)
            throws InterruptedException {
        for (long waited = 0; waited < millis; waited += LOOK_MILLIS) {
            pause();
            var scale = millrace.scale(TARGET_WAIT);
            QueueScale mail = of(Shop.MAIL, scale);
            out.printf(
                    Locale.ROOT,
                    "  %4.0f  %7d  %6d  %6d  %,12d  %8.1f s  %8d  %6d%n",
                    (System.nanoTime() - start) / 1e9,
                    processes.workers(),
                    mail.wantedWorkers(),
                    customers.taken(),
                    mail.available() + mail.due(),
                    mail.oldestWait().toMillis() / 1e3,
                    of(Shop.EXPORT, scale).available(),
                    of(Shop.SCREEN, scale).available());
        }
    }

    private static QueueScale of(String queue, Iterable<QueueScale> all) {
        for (QueueScale one : all) {
            if (one.queue().equals(queue)) {
                return one;
            }
        }
        return QueueScale.none(queue);
    }

    private static void pause() throws InterruptedException {
        boolean never = new CountDownLatch(1).await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        assert !never;
    }
}
