package dev.millrace.limit;

import dev.millrace.store.Entrant;
import dev.millrace.store.Entrant.Move;
import dev.millrace.store.Gate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * One epoch of admitting: what is known in it, and its rounds. It ends with the first failure,
 * since then it is not known what was moved, and with the first move that is refused. Not
 * thread-safe.
 */
final class Reign {
    /** Of a queue, no more are admitted that wait to be claimed. */
    static final int MOST_READY = 2_000;

    private static final long LIMITS_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int IDLE_LINES = 500;

    /** One look in so many goes by age, so that a low priority is no sentence. */
    private static final int AGED_EVERY = 16;

    /** So that one transaction is short enough to let others in. */
    private static final int AT_ONCE = 1_000;

    /** Each line's first before any line's second. */
    private static final Comparator<Entrant> TURNS =
            Comparator.comparingInt(Entrant::nth).thenComparing(Entrant.ORDER);

    private final LimitStore store;
    private final long epoch;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Admission admission;
    private final Map<Integer, LimitKey> keys = new HashMap<>();
    private long limitsNanos;
    private boolean limitsKnown;
    private int looks;
    private boolean over;
    private boolean changed;

    private Reign(LimitStore store, long epoch, Clock clock, LongSupplier nanos) {
        this.store = store;
        this.epoch = epoch;
        this.clock = clock;
        this.nanos = nanos;
        this.admission = new Admission(MOST_READY, nanos.getAsLong());
    }

    /**
     * Takes over: nobody admits in an older epoch from now on, so that what is read stays true.
     *
     * @param clock by which pauses end
     * @param nanos the process's monotonic clock
     */
    static Reign begin(LimitStore store, long epoch, Clock clock, LongSupplier nanos) {
        var reign = new Reign(store, epoch, clock, nanos);
        int after = 0;
        Map<Integer, LimitKey> page;
        do {
            page = store.lines(after);
            for (var line : page.entrySet()) {
                reign.keys.put(line.getKey(), line.getValue());
                reign.admission.found(line.getValue(), line.getKey());
                after = Math.max(after, line.getKey());
            }
        } while (page.size() == LimitStore.MOST);
        return reign;
    }

    long epoch() {
        return epoch;
    }

    /** Whether jobs count by other keys than before, so that what was counted is wrong. */
    boolean isChanged() {
        return changed;
    }

    /** Whether another epoch has begun. */
    boolean isOver() {
        return over;
    }

    /** Whether somebody stands in a line. */
    boolean isAnyoneWaiting() {
        return admission.isAnyoneWaiting();
    }

    /** Whether of some queue enough wait to be claimed, so that more may be let through soon. */
    boolean isFull() {
        return admission.isFull();
    }

    /** For how long no line goes on that waits for a rate; empty when none does. */
    Optional<Duration> untilTurn() {
        Long next = admission.nextNanos();
        return next == null
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(Math.max(0, next - nanos.getAsLong())));
    }

    /** Who left, who may go on in lines, who came; answers how many were moved. */
    int round() {
        readLimits();
        if (changed) {
            return 0;
        }
        admission.at(nanos.getAsLong());
        boolean aged = looks % AGED_EVERY == AGED_EVERY - 1;
        var now = clock.instant();
        var gate =
                store.gate(
                        new Gate.Look(
                                admission.resting(),
                                MOST_READY,
                                admission.rules().gated(),
                                LimitStore.MOST,
                                aged,
                                now));
        learn(admission.see(gate, untilNanos(gate.paused(), now)));
        var round = new Round();
        var back = admission.ready(admission.resting());
        if (!back.isEmpty()) {
            round.sendBack(store.ready(back, LimitStore.MOST));
        }
        var wanted = admission.wanted(LimitStore.MOST);
        if (!wanted.isEmpty()) {
            round.fromLines(wanted, store.heads(wanted, aged));
        }
        round.fromGate(gate.entrants());
        int moved = round.move();
        if (moved > 0) {
            looks++;
        }
        var idle = admission.takeIdle(IDLE_LINES);
        if (!idle.isEmpty()) {
            store.remove(epoch, idle);
            idle.forEach(keys::remove);
        }
        return moved;
    }

    private void readLimits() {
        long now = nanos.getAsLong();
        if (!limitsKnown || now - limitsNanos >= LIMITS_NANOS) {
            var rules = Rules.of(store.limits());
            changed = limitsKnown && !rules.countsAs(admission.rules());
            admission.rules(rules);
            var resting = new HashSet<>(rules.sharing());
            if (!resting.isEmpty()) {
                resting.retainAll(store.pausedQueues());
            }
            admission.rest(resting);
            limitsNanos = now;
            limitsKnown = true;
        }
    }

    private Map<LimitKey, Long> untilNanos(Map<LimitKey, Instant> paused, Instant now) {
        long at = nanos.getAsLong();
        var found = new HashMap<LimitKey, Long>();
        paused.forEach((key, until) -> {
            var left = Duration.between(now, until);
            if (left.isPositive()) {
                found.put(key, at + left.toNanos());
            }
        });
        return found;
    }

    /** Learns of jobs that others have admitted in earlier epochs. */
    private void learn(List<Long> unknown) {
        for (int from = 0; from < unknown.size(); from += LimitStore.MOST) {
            var part = unknown.subList(from, Math.min(unknown.size(), from + LimitStore.MOST));
            store.keys(part).forEach(admission::enters);
        }
    }

    /** What is decided in one round. */
    private final class Round {
        private final Map<Long, Entrant> admitted = new LinkedHashMap<>();
        private final Map<Entrant, LimitKey> parked = new LinkedHashMap<>();
        private final List<Entrant> back = new ArrayList<>();

        /** They would hold room that others share, and nobody claims them. */
        void sendBack(List<Entrant> some) {
            back.addAll(some);
        }

        void fromLines(Map<Integer, Integer> wanted, List<Entrant> heads) {
            var found = new HashMap<Integer, Integer>();
            var stays = new LinkedHashMap<LimitKey, Integer>();
            for (var head : heads.stream().sorted(TURNS).toList()) {
                int line = -head.place().lane();
                found.merge(line, 1, Integer::sum);
                var mine = keys.get(line);
                if (mine != null && mine.isShared() && admission.isClosed(head.job().queue())) {
                    admission.clears(mine);
                    back.add(head);
                    continue;
                }
                if (mine != null && stays.containsKey(mine)) {
                    continue; // nobody passes who is first
                }
                var holding = admission.holding(head, mine);
                if (mine != null && !mine.equals(holding)) {
                    admission.goes(mine);
                }
                if (holding == null) {
                    admit(head);
                } else if (!holding.equals(mine)) {
                    park(head, holding);
                } else {
                    stays.putIfAbsent(mine, head.job().weight());
                }
            }
            wanted.forEach((line, count) -> {
                var key = keys.get(line);
                if (key != null && found.getOrDefault(line, 0) < count) {
                    admission.drained(key);
                }
            });
            stays.forEach(admission::stays);
            // a line that was empty when it was looked at may be gone to by a head of another
            parked.forEach((head, key) -> admission.parks(key, head.job().weight()));
        }

        void fromGate(List<Entrant> entrants) {
            for (var entrant : entrants) {
                var holding = admission.holding(entrant, null);
                if (holding == null) {
                    admit(entrant);
                } else {
                    park(entrant, holding);
                }
            }
        }

        private void admit(Entrant entrant) {
            admission.admits(entrant);
            admitted.put(entrant.jobId(), entrant);
        }

        private void park(Entrant entrant, LimitKey key) {
            admission.parks(key, entrant.job().weight());
            parked.put(entrant, key);
        }

        int move() {
            makeLines(new LinkedHashSet<>(parked.values()));
            var moves = new ArrayList<Move>(admitted.size() + parked.size());
            admitted.values().forEach(entrant -> moves.add(entrant.admitted()));
            back.forEach(entrant -> moves.add(entrant.sentBack()));
            parked.forEach((entrant, key) -> {
                Integer line = admission.line(key);
                if (line != null) {
                    moves.add(entrant.parked(line));
                }
            });
            int moved = 0;
            for (int from = 0; from < moves.size() && !over; from += AT_ONCE) {
                moved += move(moves.subList(from, Math.min(moves.size(), from + AT_ONCE)));
            }
            return moved;
        }

        private int move(List<Move> moves) {
            var moved = store.move(epoch, moves).orElse(null);
            if (moved == null) {
                over = true;
                return 0;
            }
            for (var move : moves) {
                if (!moved.contains(move.entrant().jobId())) {
                    stays(move);
                }
            }
            return moved.size();
        }

        /** It is gone, or another was about to move it; if it stands in a line, it is met again. */
        private void stays(Move move) {
            if (move.line() == 0) {
                admission.left(move.entrant().jobId());
            }
            var key = keys.get(-move.entrant().place().lane());
            if (key != null) {
                admission.parks(key, move.entrant().job().weight());
            }
        }

        private void makeLines(Collection<LimitKey> all) {
            var missing = all.stream().filter(key -> admission.line(key) == null).toList();
            for (int from = 0; from < missing.size(); from += LimitStore.MOST) {
                var part = missing.subList(from, Math.min(missing.size(), from + LimitStore.MOST));
                store.lines(part)
                        .forEach((key, line) -> {
                            keys.put(line, key);
                            admission.made(key, line);
                        });
            }
        }
    }
}
