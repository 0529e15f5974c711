package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/**
 * Which tallies are asked for.
 *
 * @param queue whose; {@code null} for those of every queue, each on its own
 * @param from counted in this minute or later
 * @param to counted in a minute before this moment
 * @param bucket the time over which they are summed, in whole minutes, at least one; buckets begin
 *     at whole multiples of it since 1970. At most 366 days; at most {@value #MOST_BUCKETS} fit
 *     between {@code from} and {@code to}
 */
public record TallyRange(@Nullable String queue, Instant from, Instant to, Duration bucket) {
    /** The most buckets between the two moments. */
    public static final int MOST_BUCKETS = 1_500;

    private static final Duration LONGEST = Duration.ofDays(366);

    /** Checks the bounds. */
    public TallyRange {
        if (queue != null) {
            Names.check("queue", queue);
        }
        if (bucket.compareTo(Duration.ofMinutes(1)) < 0
                || bucket.compareTo(LONGEST) > 0
                || !bucket.equals(Duration.ofMinutes(bucket.toMinutes()))) {
            throw MillraceException.invalid(
                    "a bucket of tallies has whole minutes, 1 min to 366 days, got %s"
                            .formatted(bucket));
        }
        if (to.isBefore(from)) {
            throw MillraceException.invalid(
                    "tallies must be asked from an earlier moment to a later, got %s to %s"
                            .formatted(from, to));
        }
        var time = Duration.between(from, to);
        if (time.compareTo(bucket.multipliedBy(MOST_BUCKETS)) > 0) {
            throw MillraceException.invalid(
                    "at most %d buckets of tallies are asked for at once, got %s in buckets of %s"
                            .formatted(MOST_BUCKETS, time, bucket));
        }
    }

    /** One queue's, or every queue's, by the minute. */
    public static TallyRange minutes(@Nullable String queue, Instant from, Instant to) {
        return new TallyRange(queue, from, to, Duration.ofMinutes(1));
    }

    /** The first minute, counted from 1970, whose tallies belong to it. */
    public long firstMinute() {
        return minuteFrom(from);
    }

    /** The first minute after it. */
    public long endMinute() {
        return minuteFrom(to);
    }

    /** The first whole minute that does not begin before a moment. */
    private static long minuteFrom(Instant moment) {
        return Math.ceilDiv(ceilSeconds(moment), 60L);
    }

    private static long ceilSeconds(Instant moment) {
        return moment.getEpochSecond() + (moment.getNano() > 0 ? 1 : 0);
    }
}
