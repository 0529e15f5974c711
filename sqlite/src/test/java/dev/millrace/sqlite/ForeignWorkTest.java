package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.sqlite.ForeignWork.Sight;
import dev.millrace.store.NewJob;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Telling others' commits from our own, with two stores on one file. */
class ForeignWorkTest {
    @TempDir private Path directory;

    private SqliteStore mine;
    private SqliteStore theirs;
    private long id;

    @BeforeEach
    void twoStores() {
        mine = SqliteStore.at(directory.resolve("jobs.db"));
        theirs = SqliteStore.at(directory.resolve("jobs.db"));
        assertThat(look()).isEqualTo(Sight.QUIET);
    }

    @AfterEach
    void close() {
        mine.close();
        theirs.close();
    }

    private Sight look() {
        return mine.writer().workFromElsewhere();
    }

    private void enqueue(SqliteStore store) {
        id++;
        var job = new NewJob(id, "q", "work", 1, 4, "{}", 10, null, List.of(), Instant.EPOCH, null);
        store.enqueue(List.of(job), false);
    }

    @Test
    void workOfOthersIsSeenOnceAndOurOwnNever() {
        enqueue(theirs);
        assertThat(look()).isEqualTo(Sight.WORK);
        assertThat(look()).isEqualTo(Sight.QUIET);
        enqueue(mine);
        assertThat(look()).isEqualTo(Sight.QUIET);
        enqueue(theirs);
        enqueue(mine);
        assertThat(look()).isEqualTo(Sight.WORK);
    }

    @Test
    void whatOthersCommitWithoutMakingWorkIsQuiet() {
        theirs.reserveIds(5);
        assertThat(look()).isEqualTo(Sight.QUIET);
    }

    @Test
    void aReplacedConnectionMissesNothing() {
        enqueue(theirs);
        breakConnection();
        enqueue(theirs);
        mine.reserveIds(1);
        assertThat(look()).isEqualTo(Sight.WORK);
        assertThat(look()).isEqualTo(Sight.QUIET);
    }

    @Test
    void nothingIsLearntWithoutAConnection() {
        breakConnection();
        assertThat(look()).isEqualTo(Sight.NONE);
    }

    private void breakConnection() {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> mine.writer().run("break", ForeignWorkTest::failForGood));
    }

    private static int failForGood(Transaction transaction) throws SQLException {
        transaction.session().set("PRAGMA query_only = 1");
        return transaction.session().update("UPDATE counter SET value = value");
    }

    @Test
    void aLookThatFailsHalfWayIsTakenAnew() throws SQLException {
        var work = new ForeignWork();
        var database = Database.at(directory.resolve("jobs.db"));
        try (var session = database.connectToWrite();
                var other = database.connectToWrite()) {
            assertThat(work.look(session)).isEqualTo(Sight.QUIET);
            other.set("UPDATE counter SET value = value + 1 WHERE name = 'position'");
            other.set("ALTER TABLE counter RENAME TO hidden");
            assertThatExceptionOfType(SQLException.class).isThrownBy(() -> work.look(session));
            session.set("ALTER TABLE hidden RENAME TO counter");
            assertThat(work.look(session)).isEqualTo(Sight.WORK);
        }
    }
}
