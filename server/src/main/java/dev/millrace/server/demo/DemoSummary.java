package dev.millrace.server.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a finished run of the demo has to tell. Sums and bounded lists, so its size does not depend
 * on how many packages were graded.
 *
 * @param startedAt when the first attempt began
 * @param elapsed the time at work, over all starts, without what passed between them
 * @param starts how often the work was started: 1, or more where it went on after a stop
 * @param workers items at work at once at each step, at most
 * @param rows rows read from the list
 * @param packages items that have ended
 * @param completed items that were graded, over all starts
 * @param attempts requests made, over all starts
 * @param retries requests that ended in another try, over all starts
 * @param attemptTime the sum of the times of all requests
 * @param grades pages per letter
 * @param sections pages per section of the archive and letter
 * @param findings how many pages had each fault
 * @param attemptsPerStep items per number of attempts that their hardest step took
 * @param latencies attempts per upper bound of their time in milliseconds; the last bound is
 *     open-ended
 * @param throughput items ended, per second at work
 * @param mishaps attempts that failed, per reason
 * @param setAsideReasons rows and jobs given up, per reason
 * @param setAside the first of them, by line
 * @param gradedCsv where every grade stands
 */
public record DemoSummary(
        Instant startedAt,
        Duration elapsed,
        int starts,
        int workers,
        long rows,
        long packages,
        long completed,
        long attempts,
        long retries,
        Duration attemptTime,
        Map<Grade.Letter, Long> grades,
        SortedMap<String, Map<Grade.Letter, Long>> sections,
        Map<String, Long> findings,
        SortedMap<Integer, Long> attemptsPerStep,
        SortedMap<Long, Long> latencies,
        List<Long> throughput,
        Map<String, Long> mishaps,
        Map<String, Long> setAsideReasons,
        List<SetAside> setAside,
        String gradedCsv) {

    /** More rows set aside are counted, but not listed. */
    static final int MAX_SET_ASIDE = 10_000;

    public DemoSummary {
        var letters = new EnumMap<Grade.Letter, Long>(Grade.Letter.class);
        letters.putAll(grades);
        grades = letters;
        sections = new TreeMap<>(sections);
        findings = Map.copyOf(findings);
        attemptsPerStep = new TreeMap<>(attemptsPerStep);
        latencies = new TreeMap<>(latencies);
        throughput = List.copyOf(throughput);
        mishaps = Map.copyOf(mishaps);
        setAsideReasons = Map.copyOf(setAsideReasons);
        setAside = setAside.stream().limit(MAX_SET_ASIDE).toList();
    }

    /**
     * A row or job given up.
     *
     * @param line in the list
     * @param name of the package; empty where the row could not be read
     * @param reason one of a few
     * @param detail what was expected and what was got
     * @param original the row as it stands, printable
     */
    public record SetAside(long line, String name, String reason, String detail, String original) {}

    /** How many rows and jobs were given up. */
    public long setAsideCount() {
        return setAsideReasons.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Items ended per second at work. */
    double packagesPerSecond() {
        return packages / atLeastAMilli(elapsed);
    }

    /**
     * How much longer the same attempts would have taken one at a time, without any wait between.
     */
    public double speedUp() {
        return attemptTime.toNanos() / 1e9 / atLeastAMilli(elapsed);
    }

    private static double atLeastAMilli(Duration duration) {
        return Math.max(0.001, duration.toNanos() / 1e9);
    }
}
