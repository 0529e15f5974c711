package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.Recorded;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.WorkerInfo;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Who lives, who died, and what becomes of their jobs. */
class WorkersTest extends StoreTest {
    @Test
    void aDeadWorkersJobsGoToOthersAndItsLateWritesAreRefused() {
        store.enqueue(jobs(5, KIND, 4), false);
        long dead = worker();
        long living = worker();
        var taken = claim(dead, 10, false);
        var seen = pulse(living, false).others().getFirst();
        assertThat(seen.workerId()).isEqualTo(dead);
        assertThat(seen.lock()).isEqualTo(PulseAnswer.Lock.HELD);
        pulse(dead, true);
        assertThat(store.rescue(dead, seen.beat(), 3, NOW).outcome())
                .isEqualTo(RescueAnswer.Outcome.ALIVE);
        long beat = pulse(living, false).others().getFirst().beat();
        assertThat(store.rescue(dead, beat, 3, NOW))
                .isEqualTo(new RescueAnswer(RescueAnswer.Outcome.MORE, 3, 0));
        assertThat(pulse(dead, true).alive()).isFalse();
        assertThat(store.complete(taken.stream().map(j -> done(j, dead)).toList()))
                .containsOnly(Recorded.LOST);
        assertThatThrownBy(() -> claim(dead, 1, true))
                .isInstanceOf(MillraceException.class)
                .extracting(e -> ((MillraceException) e).code())
                .isEqualTo(MillraceException.Code.WORKER_LOST);
        assertThat(store.rescue(dead, beat, 3, NOW))
                .isEqualTo(new RescueAnswer(RescueAnswer.Outcome.CLEARED, 2, 0));
        assertThat(store.rescue(dead, beat, 3, NOW).outcome())
                .isEqualTo(RescueAnswer.Outcome.CLEARED);
        assertThat(claim(living, 10, false)).hasSize(5).allMatch(j -> j.rescues() == 1);
    }

    @Test
    void aJobRescuedTwiceIsClaimedAloneAndOneRescuedTooOftenIsDiscarded() {
        store.enqueue(jobs(3, KIND, 4), false);
        for (int i = 0; i < 2; i++) {
            long worker = worker();
            assertThat(claim(worker, 10, false)).hasSize(3);
            var answer = store.rescue(worker, beat(worker), 10, NOW);
            assertThat(answer.returned()).isEqualTo(3);
        }
        for (int i = 0; i < 4; i++) {
            long worker = worker();
            for (int j = 0; j < 3; j++) {
                assertThat(claim(worker, 10, false)).hasSize(1);
            }
            var answer = store.rescue(worker, beat(worker), 10, NOW);
            assertThat(answer.discarded()).isEqualTo(i == 3 ? 3 : 0);
        }
        assertThat(store.queues().getFirst().discarded()).isEqualTo(3);
    }

    @Test
    void aPulseTellsWhatIsNew() {
        long worker = worker();
        var quiet = pulse(worker, true);
        assertThat(quiet.alive()).isTrue();
        assertThat(quiet.queuesWithWork()).isEmpty();
        assertThat(quiet.nextDue()).isNull();
        long first = store.reserveIds(2).first();
        store.enqueue(
                List.of(job(first, KIND, 4, null), job(first + 1, KIND, 4, NOW.plusSeconds(9))),
                false);
        var busy = pulse(worker, false);
        assertThat(busy.queuesWithWork()).containsExactly("q");
        assertThat(busy.nextDue()).isEqualTo(NOW.plusSeconds(9));
        assertThat(claim(worker, 1, false)).hasSize(1);
        assertThat(pulse(worker, true).running()).isEqualTo(1);
        assertThat(store.held(worker, 0, 10)).hasSize(1);
    }

    @Test
    void aLockLostWithItsConnectionIsRetakenAndTheWorkerBeats() throws Exception {
        long worker = worker();
        long before = beat(worker);
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement =
                        connection.prepareStatement(
                                "select pg_terminate_backend(pid) from pg_locks"
                                        + " where locktype = 'advisory' and objsubid = 2"
                                        + " and classid::bigint = ? and objid::bigint = ?")) {
            statement.setInt(1, StoreUrl.parse(url).schema().livenessLocks());
            statement.setLong(2, worker);
            try (var row = statement.executeQuery()) {
                assertThat(row.next()).isTrue();
            }
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> {
                    var seen =
                            pulse(0, false).others().stream()
                                    .filter(s -> s.workerId() == worker)
                                    .findFirst()
                                    .orElseThrow();
                    return seen.lock() == PulseAnswer.Lock.HELD && seen.beat() > before + 1;
                });
    }

    @Test
    void aClosedStoresWorkersAreSeenWithoutALock() {
        long worker;
        try (var other = PostgresStore.at(url)) {
            worker = other.register(new WorkerInfo("gone", "1", Map.of(), NOW));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() ->
                        pulse(0, false).others().stream()
                                .anyMatch(s ->
                                        s.workerId() == worker
                                                && s.lock() == PulseAnswer.Lock.FREE));
    }

    @Test
    void aLiveWorkerWithoutItsLockSaysSoAtItsNextPulse() {
        long worker;
        try (var other = PostgresStore.at(url)) {
            worker = other.register(new WorkerInfo("lockless", "1", Map.of(), NOW));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> sighting(worker).lock() == PulseAnswer.Lock.FREE);
        long before = beat(worker);
        pulse(worker, false);
        assertThat(sighting(worker).lock()).isEqualTo(PulseAnswer.Lock.UNKNOWN);
        assertThat(beat(worker)).isGreaterThan(before);
    }
}
