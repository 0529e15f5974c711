package dev.millrace.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class LeaderTest {
    private final Leases leases = new Leases();
    private final List<String> heard = new ArrayList<>();
    private long nanos;
    private final Leader one = leader("one", true);
    private final Leader two = leader("two", true);

    /** One lease in memory; it may be away, and lose its next answer. */
    private static final class Leases implements LeaseStore {
        private @Nullable Lease lease;
        private boolean away;
        private boolean loses;

        private void answer() {
            if (away || loses) {
                loses = false;
                throw new MillraceException(
                        MillraceException.Code.STORE_UNAVAILABLE, "away on purpose");
            }
        }

        @Override
        public Map<String, Lease> turn(String holder, Map<String, Long> held, Set<String> others) {
            answer();
            Lease now = lease;
            if (now == null) {
                return Map.of();
            }
            if (held.isEmpty()) {
                return Map.of(now.name(), now);
            }
            if (now.epoch() != held.get(now.name()) || !now.holder().equals(holder)) {
                return Map.of();
            }
            lease = new Lease(now.name(), holder, now.epoch(), now.beat() + 1, now.since());
            return Map.of(now.name(), lease);
        }

        @Override
        public Lease take(String name, String holder, Optional<Lease> seen, Instant now) {
            if (Optional.ofNullable(lease).equals(seen)) {
                long epoch = lease == null ? 1 : lease.epoch() + 1;
                lease = new Lease(name, holder, epoch, 0, now);
            }
            answer();
            return look(name).orElseThrow();
        }

        @Override
        public void release(String name, String holder, long epoch) {
            answer();
            Lease now = lease;
            if (now != null && now.epoch() == epoch && now.holder().equals(holder)) {
                lease = new Lease(name, "", epoch, now.beat(), now.since());
            }
        }

        @Override
        public List<Lease> all() {
            return Optional.ofNullable(lease).stream().toList();
        }
    }

    private Leader leader(String holder, boolean contends) {
        return new Leader(leases, "l", holder, contends, Clock.systemUTC(), () -> nanos);
    }

    private void turn(Leader leader) {
        Leaders.turn(leases, leader.holder(), List.of(leader), () -> nanos);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    /** A second passes, and all of these take their turn. */
    private void second(Leader... leaders) {
        pass(Duration.ofSeconds(1));
        for (Leader each : leaders) {
            turn(each);
        }
    }

    @Test
    void theFirstToAskLeadsAndStaysLeader() {
        turn(one);
        for (int i = 0; i < 60; i++) {
            second(two, one);
        }
        assertThat(one.isLeader()).isTrue();
        assertThat(one.epoch()).hasValue(1);
        assertThat(two.isLeader()).isFalse();
        assertThat(two.epoch()).isEmpty();
    }

    @Test
    void anotherTakesOverWhenTheLeaderIsGone() {
        turn(one);
        second(two, one);
        for (int i = 0; i < 4; i++) {
            second(two);
            assertThat(two.isLeader()).as("after %d s", i + 1).isFalse();
        }
        assertThat(one.isLeader()).as("it knows by itself").isFalse();
        second(two);
        assertThat(two.isLeader()).isTrue();
        assertThat(two.epoch()).hasValue(2);
        second(one);
        assertThat(one.isLeader()).isFalse();
    }

    @Test
    void aLeaderThatLaysDownIsFollowedAtOnce() {
        turn(one);
        second(two, one);
        one.release();
        assertThat(one.isLeader()).isFalse();
        second(two);
        assertThat(two.epoch()).hasValue(2);
    }

    @Test
    void anOutageOfTheStoreMakesNobodyTakeOver() {
        turn(one);
        second(two, one);
        leases.away = true;
        for (int i = 0; i < 20; i++) {
            pass(Duration.ofSeconds(1));
            assertThatThrownBy(() -> turn(one)).isInstanceOf(MillraceException.class);
            assertThatThrownBy(() -> turn(two)).isInstanceOf(MillraceException.class);
        }
        assertThat(one.isLeader()).isFalse();
        leases.away = false;
        second(two, one);
        assertThat(one.epoch()).as("nobody led meanwhile").hasValue(1);
        assertThat(two.isLeader()).isFalse();
    }

    @Test
    void anObserverThatStoodStillBeginsItsWatchAnew() {
        turn(one);
        second(two, one);
        pass(Duration.ofSeconds(100));
        turn(two);
        assertThat(two.isLeader()).isFalse();
        assertThat(one.isLeader()).isFalse();
        turn(one);
        assertThat(one.isLeader()).isTrue();
    }

    @Test
    void aLeaseWhoseAnswerWasLostIsHeldAllTheSame() {
        turn(one);
        one.release();
        second(two);
        two.release();
        leases.loses = false;
        pass(Duration.ofSeconds(1));
        leases.lease = new Lease("l", "one", 7, 0, Instant.EPOCH);
        turn(one);
        assertThat(one.epoch()).hasValue(7);
    }

    @Test
    void listenersHearWhenItBeginsAndCeases() {
        one.listen(
                new LeaderListener() {
                    @Override
                    public void leads(long epoch) {
                        heard.add("leads " + epoch);
                    }

                    @Override
                    public void ceased() {
                        heard.add("ceased");
                        throw new IllegalStateException("a listener's own fault");
                    }
                });
        turn(one);
        second(one);
        one.release();
        turn(one);
        assertThat(heard).containsExactly("leads 1", "ceased", "leads 2");
    }

    @Test
    void listenersHearInTimeThatItCeasedWhileTheStoreIsStillAsked() {
        turn(one);
        one.listen(
                new LeaderListener() {
                    @Override
                    public void leads(long epoch) {
                        heard.add("leads " + epoch);
                    }

                    @Override
                    public void ceased() {
                        heard.add("ceased");
                    }
                });
        pass(Duration.ofSeconds(2));
        one.tellChange();
        assertThat(heard).containsExactly("leads 1");
        pass(Duration.ofSeconds(1));
        one.tellChange();
        one.tellChange();
        assertThat(heard).containsExactly("leads 1", "ceased");
        turn(one);
        assertThat(heard).containsExactly("leads 1", "ceased", "leads 1");
    }

    @Test
    void oneThatMayNotLeadDoesWhatNobodyElseHasDoneForAMinute() {
        var watcher = leader("watcher", false);
        turn(watcher);
        for (int i = 0; i < 58; i++) {
            second(watcher);
        }
        assertThat(watcher.mayDo()).isFalse();
        second(watcher);
        second(watcher);
        assertThat(watcher.mayDo()).isTrue();
        assertThat(watcher.isLeader()).isFalse();
        turn(one);
        second(watcher);
        assertThat(watcher.mayDo()).isFalse();
    }
}
