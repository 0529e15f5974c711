package dev.millrace.upkeep;

import dev.millrace.job.MillraceException;
import dev.millrace.store.NoStore;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;
import dev.millrace.store.TallyStore;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A store that keeps tallies only, as they were sent; it may be away. */
final class Counted extends NoStore implements TallyStore {
    final List<Tally> kept = new ArrayList<>();
    final List<TallyRange> asked = new ArrayList<>();
    boolean away;

    @Override
    public TallyStore tallies() {
        return this;
    }

    @Override
    public void add(List<Tally> deltas) {
        if (away) {
            throw new MillraceException(MillraceException.Code.STORE_UNAVAILABLE, "away");
        }
        kept.addAll(Tally.few(deltas));
    }

    @Override
    public List<Tally> sums(TallyRange range) {
        asked.add(range);
        long bucket = range.bucket().toSeconds();
        var sums = new TreeMap<String, Tally>();
        matching(range)
                .forEach(tally -> {
                    long second = tally.at().getEpochSecond() / bucket * bucket;
                    var at = Instant.ofEpochSecond(second);
                    sums.merge(at + tally.queue(), tally.at(at), Tally::plus);
                });
        return List.copyOf(sums.values());
    }

    private Stream<Tally> matching(TallyRange range) {
        return kept.stream()
                .filter(tally -> range.queue() == null || range.queue().equals(tally.queue()))
                .filter(tally -> tally.at().getEpochSecond() >= range.firstMinute() * 60)
                .filter(tally -> tally.at().getEpochSecond() < range.endMinute() * 60);
    }

    @Override
    public int compact(TallyRules rules, int max) {
        throw new UnsupportedOperationException("expected no such call in this test");
    }

    /** What was kept, by queue and minute, for a message. */
    List<Map.Entry<String, Long>> enqueued() {
        return kept.stream()
                .map(tally -> Map.entry(tally.queue() + " " + tally.at(), tally.enqueued()))
                .toList();
    }
}
