package dev.millrace.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.job.MillraceException;
import dev.millrace.store.NoStore;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;
import dev.millrace.store.TallyStore;
import dev.millrace.store.WorkerSnapshot;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

final class ScaleTest {
    /** So that two whole minutes and a half are looked at: 150 s. */
    private static final Instant NOW = Instant.parse("2026-03-01T12:02:30Z");

    private final Store store = new Store();
    private final Scale scale = new Scale(store, Clock.fixed(NOW, ZoneOffset.UTC));

    /** A store that is only looked at. */
    private static final class Store extends NoStore implements TallyStore {
        private final List<QueueSnapshot> queues = new ArrayList<>();
        private final List<WorkerSnapshot> workers = new ArrayList<>();
        private final Map<String, Integer> due = new HashMap<>();
        private final List<Tally> tallies = new ArrayList<>();
        private int asked;

        @Override
        public List<QueueSnapshot> queues() {
            return queues;
        }

        @Override
        public List<WorkerSnapshot> workers() {
            return workers;
        }

        @Override
        public Map<String, Integer> due(Instant now) {
            return due;
        }

        @Override
        public TallyStore tallies() {
            return this;
        }

        @Override
        public List<Tally> sums(TallyRange range) {
            asked++;
            return tallies.stream()
                    .filter(each -> !each.at().isBefore(range.from()))
                    .filter(each -> each.at().isBefore(range.to()))
                    .toList();
        }

        @Override
        public void add(List<Tally> deltas) {
            throw new UnsupportedOperationException("expected no such call in this test");
        }

        @Override
        public int compact(TallyRules rules, int max) {
            throw new UnsupportedOperationException("expected no such call in this test");
        }
    }

    private void queue(String name, int available, int running, QueueControl control) {
        store.queues.add(
                new QueueSnapshot(
                        name,
                        available,
                        5,
                        running,
                        5,
                        available == 0 ? null : NOW.minusSeconds(42),
                        control));
    }

    private void queue(String name, int available, int running) {
        queue(name, available, running, QueueControl.NONE);
    }

    private void worker(String queue, int slots, Duration silent, boolean dead) {
        store.workers.add(
                new WorkerSnapshot(
                        store.workers.size() + 1,
                        "w",
                        "1",
                        Map.of(queue, slots),
                        0,
                        0,
                        NOW.minusSeconds(600),
                        NOW.minus(silent),
                        dead,
                        false,
                        Set.of(),
                        null));
    }

    /** Counted in the minute two and a half minutes ago or so many more. */
    private void counted(String queue, int minutesMore, long enqueued, long runs, long runMillis) {
        store.tallies.add(
                new Tally(
                        queue,
                        Instant.parse("2026-03-01T12:00:00Z")
                                .minus(Duration.ofMinutes(minutesMore)),
                        enqueued + 7,
                        7,
                        runs,
                        0,
                        0,
                        0,
                        runs,
                        runMillis));
    }

    private QueueScale only(int targetSeconds) {
        var all = scale.look(Duration.ofSeconds(targetSeconds));
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void arrivalsTimesRunTimeAreTheSlotsAndTheWaitingAreDrainedWithinTheTarget() {
        queue("q", 100, 3);
        store.due.put("q", 20);
        worker("q", 4, Duration.ofSeconds(1), false);
        worker("q", 8, Duration.ofSeconds(29), false);
        worker("q", 100, Duration.ofSeconds(31), false);
        worker("q", 100, Duration.ofSeconds(1), true);
        worker("other", 100, Duration.ofSeconds(1), false);
        // 10 a second, 1.5 s each
        counted("q", 0, 1500, 600, 900_000);
        counted("q", 1, 999_999, 999_999, 0);
        var q = only(10);
        assertThat(q.arrivalsPerSecond()).isCloseTo(10, within(1e-9));
        assertThat(q.completionsPerSecond()).isCloseTo(4, within(1e-9));
        assertThat(q.averageRun()).isEqualTo(Duration.ofMillis(1500));
        assertThat(q.oldestWait()).isEqualTo(Duration.ofSeconds(42));
        assertThat(List.of(q.available(), q.due(), q.running(), q.workers(), q.slots()))
                .containsExactly(100, 20, 3, 2, 12);
        // 10/s * 1.5 s = 15 slots, 120 * 1.5 s / 10 s = 18 more; 6 a worker
        assertThat(q.wantedWorkers()).isEqualTo(6);
        // 120 * 1.5 s / 60 s = 3
        assertThat(only(60).wantedWorkers()).isEqualTo(3);
    }

    @Test
    void whatRunsIsNeverTooMany() {
        queue("q", 0, 13);
        worker("q", 6, Duration.ZERO, false);
        assertThat(only(10).wantedWorkers()).isEqualTo(3);
        assertThat(store.asked).as("nothing waits, so the day is not asked for").isEqualTo(1);
    }

    @Test
    void anIdleQueueWantsNobodyAndOneWaitingJobWantsOne() {
        queue("idle", 0, 0);
        queue("one", 1, 0);
        queue("due", 0, 0);
        store.due.put("due", 1);
        assertThat(scale.look(Scale.TARGET))
                .extracting(QueueScale::wantedWorkers)
                .containsExactly(0, 1, 1);
    }

    @Test
    void aLimitBoundsWhatIsWantedAndAPauseLeavesWhatRuns() {
        queue("limited", 10_000, 2, new QueueControl(false, 128));
        queue("lowered", 10_000, 200, new QueueControl(false, 128));
        queue("paused", 10_000, 65, new QueueControl(true, null));
        assertThat(scale.look(Scale.TARGET))
                .extracting(QueueScale::wantedWorkers)
                .containsExactly(2, 4, 2);
    }

    @Test
    void theRunTimeOfTheLastDayStandsInWhereNothingEndedLately() {
        queue("q", 64, 0);
        assertThat(only(10).averageRun()).isNull();
        // 64 * 1 s / 10 s = 6.4 slots of 64
        assertThat(only(10).wantedWorkers()).isEqualTo(1);
        counted("q", 60, 0, 2, 200_001);
        var q = only(10);
        assertThat(q.averageRun()).isEqualTo(Duration.ofMillis(100_001));
        assertThat(q.completionsPerSecond()).isZero();
        assertThat(q.wantedWorkers()).isEqualTo(11);
    }

    @Test
    void noNumberGoesBeyondItsBound() {
        queue("q", 10_000, 0);
        worker("q", 1, Duration.ZERO, false);
        counted("q", 0, 1_000_000_000_000L, 1, 1_000_000_000_000L);
        assertThat(only(1).wantedWorkers()).isEqualTo(Scale.MOST_WORKERS);
    }

    @Test
    void aTargetOutOfBoundsIsRefused() {
        for (Duration bad :
                List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofDays(1).plusMillis(1))) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> scale.look(bad))
                    .withMessageContaining("the target wait must be");
        }
    }
}
