package dev.millrace.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

final class DeathWatchTest {
    private final DeathWatch watch =
            new DeathWatch(Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(3));
    private long nanos = -5_000_000_000L;

    private boolean dies(Duration after, long beat, Lock lock) {
        nanos += after.toNanos();
        var sighting = new Sighting(1, "w", beat, lock, false, null);
        List<Sighting> dead = watch.observe(List.of(sighting), nanos);
        return dead.equals(List.of(sighting));
    }

    private boolean diesWithin(int steps, Duration step, long beat, Lock lock) {
        for (int i = 0; i < steps; i++) {
            if (dies(step, beat, lock)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aWorkerWithALeaseOfItsOwnHasToBeatOnceBeforeItCounts() {
        var lease = Duration.ofSeconds(90);
        var never = new Sighting(1, "never", 0, Lock.UNKNOWN, false, lease);
        var proven = new Sighting(2, "proven", 1, Lock.UNKNOWN, false, lease);
        var dead = new ArrayList<Sighting>();
        for (int second = 0; second <= 30; second++) {
            assertThat(dead).as("after %d s", second).isEmpty();
            dead.addAll(watch.observe(List.of(never, proven), second * 1_000_000_000L));
        }
        assertThat(dead).containsExactly(never);
    }

    private static final Duration HALF = Duration.ofMillis(500);

    @Test
    void aBeatThatStandsStillForALeaseIsDeathAndNotAMomentSooner() {
        assertThat(diesWithin(20, HALF, 7, Lock.HELD)).isFalse();
        assertThat(dies(HALF, 7, Lock.HELD)).isTrue();
    }

    @Test
    void aBeatThatMovesIsLife() {
        for (int beat = 0; beat < 100; beat++) {
            assertThat(diesWithin(4, HALF, beat, Lock.UNKNOWN)).isFalse();
        }
    }

    @Test
    void aFreeLockShortensTheLeaseToASecond() {
        assertThat(diesWithin(2, HALF, 7, Lock.HELD)).isFalse();
        assertThat(watch.suspects()).isFalse();
        assertThat(dies(HALF, 7, Lock.FREE)).isFalse();
        assertThat(watch.suspects()).isTrue();
        assertThat(dies(HALF, 7, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 7, Lock.FREE)).isTrue();
    }

    @Test
    void aLockRetakenOrABeatMeanwhileStartsThatSecondAnew() {
        dies(HALF, 7, Lock.FREE);
        dies(HALF, 7, Lock.HELD);
        assertThat(diesWithin(2, HALF, 7, Lock.FREE)).isFalse();
        assertThat(diesWithin(2, HALF, 8, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 8, Lock.FREE)).isTrue();
    }

    @Test
    void anOutageOfTheStoreStartsEveryObservationAnew() {
        assertThat(diesWithin(20, HALF, 7, Lock.HELD)).isFalse();
        watch.interrupted();
        assertThat(diesWithin(20, HALF, 7, Lock.HELD)).isFalse();
        assertThat(dies(HALF, 7, Lock.HELD)).isTrue();
    }

    @Test
    void anObserverThatStoodStillItselfBeginsAnew() {
        dies(HALF, 7, Lock.FREE);
        assertThat(dies(Duration.ofMinutes(1), 7, Lock.FREE)).isFalse();
        assertThat(diesWithin(19, HALF, 7, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 7, Lock.FREE)).isTrue();
    }

    @Test
    void aLockNeverSeenHeldIsGivenThreeSeconds() {
        assertThat(diesWithin(6, HALF, 7, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 7, Lock.FREE)).isTrue();
    }

    @Test
    void afterARestartOfTheStoreALockNotYetRetakenIsGivenTheWholeLease() {
        assertThat(diesWithin(4, HALF, 7, Lock.HELD)).isFalse();
        watch.interrupted();
        watch.interrupted();
        assertThat(diesWithin(20, HALF, 7, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 7, Lock.FREE)).isTrue();
    }

    @Test
    void whoIsBackAfterARestartOfTheStoreIsHeldForDeadAsSoonAsEver() {
        assertThat(diesWithin(4, HALF, 7, Lock.HELD)).isFalse();
        watch.interrupted();
        assertThat(diesWithin(10, HALF, 7, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 7, Lock.HELD)).isFalse();
        assertThat(diesWithin(2, HALF, 7, Lock.FREE)).isFalse();
        assertThat(dies(HALF, 7, Lock.FREE)).isTrue();
    }

    @Test
    void aWorkerAlreadyDeclaredDeadStaysSo() {
        var declared = new Sighting(2, "w", 1, Lock.UNKNOWN, true, null);
        assertThat(watch.observe(List.of(declared), nanos)).containsExactly(declared);
    }

    @Test
    void aWorkerThatSignedOffIsForgotten() {
        diesWithin(20, HALF, 7, Lock.HELD);
        watch.observe(List.of(), nanos);
        assertThat(diesWithin(20, HALF, 7, Lock.HELD)).isFalse();
    }
}
