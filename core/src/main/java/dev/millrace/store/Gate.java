package dev.millrace.store;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What stands at the gate and what has passed it.
 *
 * @param admitted every job that was admitted and still waits to be claimed or runs
 * @param ready how many of them wait to be claimed, by queue
 * @param entrants the first jobs that nobody has looked at yet, highest priority first
 */
public record Gate(Set<Long> admitted, Map<String, Integer> ready, List<Entrant> entrants) {
    /** Nothing stands there. */
    public static final Gate EMPTY = new Gate(Set.of(), Map.of(), List.of());
}
