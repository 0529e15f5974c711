package dev.millrace.examples.reminders;

import dev.millrace.Millrace;
import dev.millrace.examples.smtp.Mailer;
import dev.millrace.sqlite.SqliteStore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A worker in a process of its own, meant to be killed. */
final class MailWorker {
    private MailWorker() {}

    static Process start(Path place, int port) throws IOException {
        return new ProcessBuilder(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                MailWorker.class.getName(),
                                place.toString(),
                                Integer.toString(port)))
                .inheritIO()
                .start();
    }

    static Millrace worker(Path place, Offers offers, InetSocketAddress server) {
        var builder = Millrace.builder().store(SqliteStore.at(place.resolve("jobs.db")));
        new OfferMails(offers, new Mailer(server, OfferMails.FROM, Duration.ofSeconds(60)))
                .configure(builder);
        return builder.start();
    }

    /** Works until it is killed, or whoever started it has gone. */
    public static void main(String[] args) throws Exception {
        var place = Path.of(args[0]);
        var server = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1]));
        try (var offers = Offers.at(place.resolve("offers.db"));
                var millrace = worker(place, offers, server)) {
            var parentGone = new CountDownLatch(1);
            ProcessHandle.current()
                    .parent()
                    .ifPresent(parent -> parent.onExit().thenRun(parentGone::countDown));
            parentGone.await();
            millrace.wake();
        }
    }
}
