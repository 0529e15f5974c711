package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What happened in a queue during some time, in numbers. Approximate: what a process counted in its
 * last seconds is lost when it is killed, and counted twice when the answer to its report was lost.
 *
 * @param queue whose
 * @param at the minute in which it was counted, or the first of a longer time; a whole minute
 * @param enqueued jobs accepted, without those accepted by SQL alone
 * @param delayed those of them that were to wait before they are available
 * @param completed jobs completed, skipped ones included
 * @param failed attempts that failed and are tried again
 * @param discarded jobs set aside
 * @param cancelled jobs cancelled while they ran
 * @param runs attempts that ended, in whatever way
 * @param runMillis how long these ran, in milliseconds
 */
public record Tally(
        String queue,
        Instant at,
        long enqueued,
        long delayed,
        long completed,
        long failed,
        long discarded,
        long cancelled,
        long runs,
        long runMillis) {
    /** The most that is added in one call. */
    public static final int MOST_AT_ONCE = 10_000;

    /** Checks that it is a whole minute and that nothing is negative. */
    public Tally {
        Names.check("queue", queue);
        if (!at.equals(at.truncatedTo(ChronoUnit.MINUTES))) {
            throw MillraceException.invalid(
                    "a tally is of a whole minute, got %s (queue '%s'); nothing was counted"
                            .formatted(at, queue));
        }
        if (least(enqueued, delayed, completed, failed, discarded, cancelled, runs, runMillis)
                < 0) {
            throw MillraceException.invalid(
                    "a tally has no negative numbers, got %d (queue '%s'); nothing was counted"
                            .formatted(
                                    least(
                                            enqueued, delayed, completed, failed, discarded,
                                            cancelled, runs, runMillis),
                                    queue));
        }
    }

    private static long least(long... numbers) {
        long least = Long.MAX_VALUE;
        for (long number : numbers) {
            least = Math.min(least, number);
        }
        return least;
    }

    /** Nothing happened. */
    public static Tally none(String queue, Instant at) {
        return new Tally(queue, at, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Both together, at the time of this one. */
    public Tally plus(Tally other) {
        return new Tally(
                queue,
                at,
                enqueued + other.enqueued,
                delayed + other.delayed,
                completed + other.completed,
                failed + other.failed,
                discarded + other.discarded,
                cancelled + other.cancelled,
                runs + other.runs,
                runMillis + other.runMillis);
    }

    /** The same counted at another time. */
    public Tally at(Instant other) {
        return none(queue, other).plus(this);
    }

    /** Whether nothing happened. */
    public boolean isNone() {
        return equals(none(queue, at));
    }

    /**
     * The same list, if it is not too long.
     *
     * @throws MillraceException with {@code invalid-input} when it has more than {@value
     *     #MOST_AT_ONCE}
     */
    public static List<Tally> few(List<Tally> deltas) {
        if (deltas.size() > MOST_AT_ONCE) {
            throw MillraceException.invalid(
                    "at most %d tallies are added at once, got %d; nothing was counted"
                            .formatted(MOST_AT_ONCE, deltas.size()));
        }
        return List.copyOf(deltas);
    }
}
