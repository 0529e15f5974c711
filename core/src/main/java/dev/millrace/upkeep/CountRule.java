package dev.millrace.upkeep;

import dev.millrace.store.JobStore;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Turns "keep so many" into "keep those that ended since": walks the tallies of finished jobs
 * backward from now until the number is reached. Asks by the hour first, and by the minute only in
 * the hour in which a queue reached it. Cost: one round trip, and one for each queue that has more
 * finished jobs than it keeps. Sees as far back as tallies are kept, 32 days.
 */
final class CountRule {
    private static final Duration SEEN = Duration.ofDays(32);
    private static final Duration HOUR = Duration.ofHours(1);

    /** What is counted may have ended this much before the minute in which it was counted. */
    private static final Duration COUNTED_LATE = Duration.ofMinutes(1);

    private final JobStore store;

    CountRule(JobStore store) {
        this.store = store;
    }

    /**
     * The moments since which queues have finished at least as many jobs as they keep; queues that
     * have finished fewer are left out.
     *
     * @param rules the rule of each queue
     * @param longest how far back to look at most: what is older goes anyway
     */
    Map<String, Instant> cutoffs(Function<String, Retention> rules, Duration longest, Instant now) {
        Duration back = longest.compareTo(SEEN) < 0 ? longest : SEEN;
        // processes whose clocks run ahead count in minutes to come
        Instant end = now.plus(5, ChronoUnit.MINUTES);
        var byQueue = new HashMap<String, List<Tally>>();
        for (Tally tally : store.tallies().sums(new TallyRange(null, now.minus(back), end, HOUR))) {
            byQueue.computeIfAbsent(tally.queue(), queue -> new ArrayList<>()).add(tally);
        }
        var cutoffs = new HashMap<String, Instant>();
        byQueue.forEach((queue, hours) -> {
            long most = rules.apply(queue).most();
            Reached hour = reached(hours, most);
            if (hour != null) {
                cutoffs.put(queue, within(queue, hour, most).minus(COUNTED_LATE));
            }
        });
        return cutoffs;
    }

    /** A bucket with which a number was reached, and how many came after it. */
    private record Reached(Instant at, long after) {}

    private static @Nullable Reached reached(List<Tally> buckets, long most) {
        long after = 0;
        for (Tally bucket : buckets.reversed()) {
            long here = bucket.completed() + bucket.cancelled();
            if (after + here >= most) {
                return new Reached(bucket.at(), after);
            }
            after += here;
        }
        return null;
    }

    /** The minute of an hour; the hour itself where it is no longer kept by the minute. */
    private Instant within(String queue, Reached hour, long most) {
        var minutes =
                store.tallies().sums(TallyRange.minutes(queue, hour.at(), hour.at().plus(HOUR)));
        Reached minute = reached(minutes, most - hour.after());
        return minute == null ? hour.at() : minute.at();
    }
}
