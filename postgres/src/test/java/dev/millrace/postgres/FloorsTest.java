package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.testkit.ModelComparison;
import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is found while looks over everything are rare. By the clock of the store under test every
 * look takes a second, so that one over everything is followed by some that begin at floors.
 */
class FloorsTest extends StoreTest {
    /** A look over everything is due after half a minute, and each call moves the clock. */
    private static final int CALLS_BETWEEN = 40;

    private final AtomicLong seconds = new AtomicLong();
    private PostgresStore slow;

    @BeforeEach
    void openSlow() {
        slow =
                PostgresStore.at(
                        url, false, () -> TimeUnit.SECONDS.toNanos(seconds.incrementAndGet()));
    }

    @AfterEach
    void closeSlow() {
        slow.close();
    }

    @Test
    void aJobAddedHereThatIsDueEarlierIsPromotedByTheNextStep() {
        promoteFar();
        long early = delayed(slow, NOW.plusSeconds(10));
        assertThat(slow.promote(NOW.plusSeconds(3_601), 100).promoted()).isOne();
        assertThat(state(early)).isInstanceOf(JobState.Available.class);
    }

    @Test
    void randomOperationsAnswerAsThePlainModelDoes() {
        long seed = Seeds.draw("random operations while looks are slow");
        assertThat(new ModelComparison(slow, seed).run(1_000)).isNotEmpty();
    }

    @Test
    void aJobAddedElsewhereWithinTwoSecondsIsPromotedByTheNextStep() {
        promoteFar();
        delayed(store, NOW.plusSeconds(3_599));
        assertThat(slow.promote(NOW.plusSeconds(3_601), 100).promoted()).isOne();
    }

    @Test
    void aJobAddedElsewhereWithAnOldTimeIsPromotedByTheNextLookOverEverything() {
        promoteFar();
        long early = delayed(store, NOW.plusSeconds(10));
        var after = NOW.plusSeconds(3_601);
        assertThat(slow.promote(after, 100).promoted()).as("at a floor").isZero();
        int calls = 1;
        while (slow.promote(after, 100).promoted() == 0) {
            assertThat(++calls).isLessThan(CALLS_BETWEEN);
        }
        assertThat(state(early)).isInstanceOf(JobState.Available.class);
    }

    @Test
    void aPulseThatGoesOverEverythingLetsTheNextStepFindAnOldTime() {
        promoteFar();
        delayed(store, NOW.plusSeconds(10));
        var after = NOW.plusSeconds(3_601);
        assertThat(pulse(after).nextDue()).isEqualTo(NOW.plusSeconds(10));
        assertThat(slow.promote(after, 100).promoted()).isOne();
    }

    @Test
    void aBacklogIsPromotedInOrderStepByStep() {
        for (int i = 0; i < 10; i++) {
            delayed(store, NOW.plusSeconds(100 - 10 * i));
        }
        var after = NOW.plusSeconds(1_000);
        for (int left = 9; left > 0; left--) {
            var step = slow.promote(after, 1);
            assertThat(step.promoted()).isOne();
            assertThat(step.nextDue()).isEqualTo(NOW.plusSeconds(100 - 10 * (left - 1)));
        }
        assertThat(slow.promote(after, 5).promoted()).isOne();
        assertThat(slow.promote(after, 5).nextDue()).isNull();
    }

    @Test
    void aPulseAtAFloorSeesNewWorkAndNewTimes() {
        pulse(NOW);
        pulse(NOW);
        pulse(NOW);
        store.enqueue(jobs(1, KIND, 9), false);
        delayed(store, NOW.plusSeconds(5));
        var seen = pulse(NOW);
        assertThat(seen.queuesWithWork()).containsExactly("q");
        assertThat(seen.nextDue()).isEqualTo(NOW.plusSeconds(5));
        assertThat(claim(worker(), 10, false)).hasSize(1);
        assertThat(pulse(NOW).queuesWithWork()).isEmpty();
    }

    @Test
    void aJobWhoseTransactionEndsLateIsSeenByTheNextLookOverEverything() throws SQLException {
        long early = store.reserveIds(1).first();
        try (var connection = StoreUrl.parse(url).source().getConnection()) {
            connection.setAutoCommit(false);
            store.enqueue(connection, List.of(job(early, KIND, 4, null)));
            for (int i = 0; i < 3; i++) {
                store.enqueue(jobs(1, OTHER, 4), false);
                claim(worker(), 10, true);
                pulse(NOW);
            }
            connection.commit();
        }
        assertThat(pulse(NOW).queuesWithWork()).as("at a floor").isEmpty();
        int calls = 1;
        while (pulse(NOW).queuesWithWork().isEmpty()) {
            assertThat(++calls).isLessThan(CALLS_BETWEEN);
        }
    }

    /** The floor is an hour from now afterwards. */
    private void promoteFar() {
        delayed(slow, NOW.plusSeconds(1));
        assertThat(slow.promote(NOW.plusSeconds(3_600), 100).promoted()).isOne();
    }

    private long delayed(PostgresStore through, Instant runAt) {
        long id = through.reserveIds(1).first();
        through.enqueue(List.of(job(id, KIND, 4, runAt)), false);
        return id;
    }

    private PulseAnswer pulse(Instant now) {
        var scopes = List.of(new Pulse.Scope("q", Set.of(KIND, OTHER)));
        return slow.pulse(new Pulse(0, false, 0, scopes, now));
    }
}
