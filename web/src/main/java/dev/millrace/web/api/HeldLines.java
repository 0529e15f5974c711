package dev.millrace.web.api;

import dev.millrace.store.Entrant;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.web.job.QueueLimitsView.Line;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The lines in which jobs of a queue wait for a limit by key, the longest first; in those of what
 * it shares jobs of other queues wait too.
 *
 * @param lines at most {@value #MOST}
 * @param isAtLeast whether there may be more
 */
record HeldLines(List<Line> lines, boolean isAtLeast) {
    /** The most lines shown. */
    static final int MOST = 100;

    private static final int MOST_PAGES = 10;

    /**
     * Looks. Cost: a round trip for each 2,000 lines of the store, at most {@value #MOST_PAGES},
     * and two more; never in proportion to what waits.
     *
     * @param shared the names of what the queue shares with others
     */
    static HeldLines of(LimitStore limits, String queue, Set<String> shared) {
        var found = new HashMap<Integer, LimitKey>();
        int after = 0;
        int pages = 0;
        boolean more = true;
        while (more && pages < MOST_PAGES && found.size() < MOST) {
            Map<Integer, LimitKey> page = limits.lines(after);
            for (var line : page.entrySet()) {
                after = Math.max(after, line.getKey());
                var key = line.getValue();
                boolean mine =
                        key.isShared() ? shared.contains(key.name()) : key.queue().equals(queue);
                if (mine && found.size() < MOST) {
                    found.put(line.getKey(), line.getValue());
                }
            }
            pages++;
            more = page.size() == LimitStore.MOST;
        }
        return new HeldLines(lines(limits, found.keySet()), more || found.size() == MOST);
    }

    private static List<Line> lines(LimitStore limits, Collection<Integer> numbers) {
        if (numbers.isEmpty()) {
            return List.of();
        }
        int each = LimitStore.MOST / numbers.size();
        var wanted = new HashMap<Integer, Integer>();
        numbers.forEach(number -> wanted.put(number, each));
        List<Long> heads = limits.heads(wanted, false).stream().map(Entrant::jobId).toList();
        if (heads.isEmpty()) {
            return List.of();
        }
        var jobs = new HashMap<LimitKey, List<Long>>();
        Map<Long, LimitKey> holding = limits.holding(heads);
        for (long job : heads) {
            LimitKey key = holding.get(job);
            if (key != null) {
                jobs.computeIfAbsent(key, k -> new ArrayList<>()).add(job);
            }
        }
        return jobs.entrySet().stream()
                .map(line ->
                        new Line(
                                line.getKey(),
                                line.getValue().size(),
                                line.getValue().size() >= each,
                                line.getValue().getFirst()))
                .sorted(
                        Comparator.comparingInt(Line::waiting)
                                .reversed()
                                .thenComparing(line -> line.key().value()))
                .toList();
    }
}
