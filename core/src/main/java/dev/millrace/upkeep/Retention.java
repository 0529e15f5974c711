package dev.millrace.upkeep;

import dev.millrace.job.MillraceException;
import dev.millrace.store.PruneRules;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/**
 * How long and how many jobs that have come to rest are kept. Default: finished ones 7 days or the
 * newest million of a queue, whichever is less; discarded ones until somebody removes them.
 *
 * <p>The number is approximate: it is turned into a moment by what was counted in the last 32 days,
 * and about as many jobs of each queue as were finished in a minute are kept beyond it.
 *
 * @param finished completed, cancelled and expired jobs; at least 1 min
 * @param discarded discarded jobs, at least 1 min; {@code null} for ever
 * @param most finished jobs of each queue, the newest; at least 1. Counted are completed jobs and
 *     those cancelled while they ran
 */
public record Retention(Duration finished, @Nullable Duration discarded, long most) {
    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final long STANDARD_MOST = 1_000_000;

    /** The default. */
    public static final Retention STANDARD = new Retention(Duration.ofDays(7), null, STANDARD_MOST);

    /** Checks the bounds. */
    public Retention {
        check("finished jobs", finished);
        if (discarded != null) {
            check("discarded jobs", discarded);
        }
        if (most < 1) {
            throw MillraceException.invalid(
                    "at least 1 finished job of a queue must be kept, got " + most);
        }
    }

    /** A rule that keeps as many as the default does. */
    public Retention(Duration finished, @Nullable Duration discarded) {
        this(finished, discarded, STANDARD_MOST);
    }

    /** The same rule, keeping finished jobs for so long. */
    public Retention finished(Duration keep) {
        return new Retention(keep, discarded, most);
    }

    /** The same rule, removing discarded jobs after so long. */
    public Retention discarded(Duration keep) {
        return new Retention(finished, keep, most);
    }

    /** The same rule, keeping no more finished jobs of a queue than so many. */
    public Retention most(long jobs) {
        return new Retention(finished, discarded, jobs);
    }

    /**
     * What it is at a moment.
     *
     * @param cutoff when the oldest of as many as are kept was finished; {@code null} when there
     *     are not so many
     */
    PruneRules.Rule at(Instant now, @Nullable Instant cutoff) {
        Instant age = now.minus(finished);
        return new PruneRules.Rule(
                cutoff != null && cutoff.isAfter(age) ? cutoff : age,
                discarded == null ? null : now.minus(discarded));
    }

    private static void check(String what, Duration keep) {
        if (keep.compareTo(LEAST) < 0) {
            throw MillraceException.invalid(
                    "%s must be kept for at least %s, got %s".formatted(what, LEAST, keep));
        }
    }
}
