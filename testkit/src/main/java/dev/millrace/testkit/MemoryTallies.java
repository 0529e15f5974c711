package dev.millrace.testkit;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;
import dev.millrace.store.TallyStore;
import dev.millrace.testkit.MemoryState.Counted;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** What happened in queues: a row for each queue and minute, later for each queue and hour. */
final class MemoryTallies implements TallyStore {
    private static final int MINUTE = 1;
    private static final int HOUR = 60;

    private final MemoryState state;

    MemoryTallies(MemoryState state) {
        this.state = state;
    }

    @Override
    public void add(List<Tally> deltas) {
        var all = Tally.few(deltas);
        synchronized (state) {
            all.forEach(delta -> put(MINUTE, delta));
        }
    }

    private void put(int span, Tally tally) {
        state.tallies.merge(new Counted(tally.at(), tally.queue(), span), tally, Tally::plus);
    }

    @Override
    public List<Tally> sums(TallyRange range) {
        long bucket = range.bucket().toSeconds();
        var sums = new TreeMap<Counted, Tally>();
        synchronized (state) {
            for (Tally tally : state.tallies.values()) {
                long second = tally.at().getEpochSecond();
                boolean inside =
                        second >= range.firstMinute() * 60 && second < range.endMinute() * 60;
                if (inside && (range.queue() == null || range.queue().equals(tally.queue()))) {
                    var at = Instant.ofEpochSecond(Math.floorDiv(second, bucket) * bucket);
                    sums.merge(new Counted(at, tally.queue(), 0), tally.at(at), Tally::plus);
                }
            }
        }
        return List.copyOf(sums.values());
    }

    @Override
    public int compact(TallyRules rules, int max) {
        if (max < 1 || max > Tally.MOST_AT_ONCE) {
            throw MillraceException.invalid(
                    "a step takes 1 to %d tallies, got %d".formatted(Tally.MOST_AT_ONCE, max));
        }
        synchronized (state) {
            return move(MINUTE, rules.hoursBefore(), max, at -> at.truncatedTo(ChronoUnit.HOURS))
                    + move(HOUR, rules.dropBefore(), max, at -> Instant.MIN);
        }
    }

    private int move(int span, Instant before, int max, UnaryOperator<Instant> to) {
        var rows =
                state.tallies.entrySet().stream()
                        .filter(row -> row.getKey().span() == span)
                        .filter(row -> row.getKey().at().isBefore(before))
                        .limit(max)
                        .map(Map.Entry::copyOf)
                        .toList();
        for (var row : rows) {
            Tally tally = row.getValue();
            state.tallies.remove(row.getKey());
            Instant at = to.apply(row.getKey().at());
            if (!at.equals(Instant.MIN)) {
                put(HOUR, tally.at(at));
            }
        }
        return rows.size();
    }
}
