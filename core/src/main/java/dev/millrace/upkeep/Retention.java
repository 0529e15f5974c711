package dev.millrace.upkeep;

import dev.millrace.job.MillraceException;
import dev.millrace.store.PruneRules;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/**
 * How long jobs that have come to rest are kept. Default: finished ones 7 days, discarded ones
 * until somebody removes them.
 *
 * @param finished completed, cancelled and expired jobs; at least 1 min
 * @param discarded discarded jobs, at least 1 min; {@code null} for ever
 */
public record Retention(Duration finished, @Nullable Duration discarded) {
    private static final Duration LEAST = Duration.ofMinutes(1);

    /** The default. */
    public static final Retention STANDARD = new Retention(Duration.ofDays(7), null);

    /** Checks the bounds. */
    public Retention {
        check("finished jobs", finished);
        if (discarded != null) {
            check("discarded jobs", discarded);
        }
    }

    /** The same rule, keeping finished jobs for so long. */
    public Retention finished(Duration keep) {
        return new Retention(keep, discarded);
    }

    /** The same rule, removing discarded jobs after so long. */
    public Retention discarded(Duration keep) {
        return new Retention(finished, keep);
    }

    PruneRules.Rule at(Instant now) {
        return new PruneRules.Rule(
                now.minus(finished), discarded == null ? null : now.minus(discarded));
    }

    private static void check(String what, Duration keep) {
        if (keep.compareTo(LEAST) < 0) {
            throw MillraceException.invalid(
                    "%s must be kept for at least %s, got %s".formatted(what, LEAST, keep));
        }
    }
}
