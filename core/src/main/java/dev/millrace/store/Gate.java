package dev.millrace.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What stands at the gate and what has passed it.
 *
 * @param admitted every job that was admitted and still waits to be claimed or runs
 * @param ready how many of them wait to be claimed, by queue
 * @param paused keys of which nothing may be admitted before a moment, as some job said; looked at
 *     after the admitted, so that the pause of whoever is among them no more is here
 * @param entrants the first jobs that nobody has looked at yet, in their order
 */
public record Gate(
        Set<Long> admitted,
        Map<String, Integer> ready,
        Map<LimitKey, Instant> paused,
        List<Entrant> entrants) {
    /** Nothing stands there. */
    public static final Gate EMPTY = new Gate(Set.of(), Map.of(), Map.of(), List.of());

    /**
     * What is looked for.
     *
     * @param closed queues whose entrants are not wanted now
     * @param mostReady no entrants are wanted of queues of which so many are {@link #ready}
     * @param gated queues whose jobs without keys have to pass the gate too
     * @param max the most entrants, 1 to {@value LimitStore#MOST}
     * @param aged whether the longest waiting come first, whatever their priority; else the highest
     *     priority does
     * @param now pauses until then are over
     */
    public record Look(
            Set<String> closed,
            int mostReady,
            Set<String> gated,
            int max,
            boolean aged,
            Instant now) {
        /**
         * Whether entrants of a queue are wanted.
         *
         * @param ready how many wait to be claimed, by queue
         */
        public boolean wants(String queue, Map<String, Integer> ready) {
            return !closed.contains(queue) && ready.getOrDefault(queue, 0) < mostReady;
        }
    }
}
