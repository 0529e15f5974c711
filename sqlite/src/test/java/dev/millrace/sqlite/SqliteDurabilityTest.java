package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Durability;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.FutureTask;

/** What receipts are worth. */
@Timeout(120)
class SqliteDurabilityTest {
    private static final long FULL = 2;
    private static final long NORMAL = 1;

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    /** How an operation of this durability is committed. */
    private static long committed(SqliteStore store, Durability level) {
        return store.writer().run("look", level, t -> t.session().number(-1, "PRAGMA synchronous"));
    }

    @Test
    void aReceiptOfTheOperatingSystemOutlivesTheProcess() throws Exception {
        try (var store = SqliteStore.at(file());
                var other = OtherProcess.start(file())) {
            for (int i = 0; i < 3; i++) {
                long job = Long.parseLong(other.ask("os"));
                if (i == 2) {
                    other.kill();
                }
                assertThat(store.find(job)).isPresent();
            }
        }
    }

    @Test
    void whatIsAskedForDecidesHowItIsCommitted() {
        try (var store = SqliteStore.at(file())) {
            assertThat(committed(store, Durability.DISK)).isEqualTo(FULL);
            assertThat(committed(store, Durability.OS)).isEqualTo(NORMAL);
            assertThat(committed(store, Durability.MEMORY)).isEqualTo(NORMAL);
            assertThat(committed(store, Durability.DISK)).isEqualTo(FULL);
            assertThat(store.info().durability()).isEqualTo("disk");
        }
    }

    @Test
    void thoseThatShareATransactionGetTheStrongestAskedFor() throws Exception {
        try (var store = SqliteStore.at(file())) {
            var writer = HeldWriter.of(store, Durability.DISK);
            var weak = writer.behind(() -> committed(store, Durability.OS));
            var strong = writer.behind(() -> committed(store, Durability.DISK));
            var weakAfter = writer.behind(() -> committed(store, Durability.MEMORY));
            writer.letGo();
            assertThat(weak.get()).isEqualTo(FULL);
            assertThat(strong.get()).isEqualTo(FULL);
            assertThat(weakAfter.get()).isIn(FULL, NORMAL);
        }
    }

    @Test
    void oneThatWantsMoreThanTheTransactionUnderWayIsLeftToTheNext() throws Exception {
        try (var store = SqliteStore.at(file())) {
            for (int i = 0; i < 20; i++) {
                var strong = new FutureTask<>(() -> committed(store, Durability.DISK));
                store.writer()
                        .run(
                                "holding",
                                Durability.OS,
                                transaction -> {
                                    var thread = Thread.ofPlatform().daemon().start(strong);
                                    while (thread.getState() != Thread.State.WAITING) {
                                        Thread.onSpinWait();
                                    }
                                    return true;
                                });
                assertThat(strong.get()).isEqualTo(FULL);
            }
        }
    }

    @Test
    void everyLevelSaysWhatItIsWorth() {
        try (var store = SqliteStore.at(file())) {
            var guarantees = store.info().guarantees();
            for (var level : Durability.values()) {
                assertThat(guarantees.get(level).reached()).isEqualTo(level);
                assertThat(guarantees.get(level).lossWindow()).isNotBlank();
            }
        }
    }
}
