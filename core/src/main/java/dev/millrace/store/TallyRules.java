package dev.millrace.store;

import dev.millrace.job.MillraceException;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * How fine tallies of the past are kept.
 *
 * @param sumBefore those of older minutes become one row for each queue and minute
 * @param hoursBefore those of older hours become one row for each queue and hour; cut down to a
 *     whole hour
 * @param dropBefore older ones go
 */
public record TallyRules(Instant sumBefore, Instant hoursBefore, Instant dropBefore) {
    /** Cuts down to the hour and checks the order. */
    public TallyRules {
        hoursBefore = hoursBefore.truncatedTo(ChronoUnit.HOURS);
        if (hoursBefore.isAfter(sumBefore) || dropBefore.isAfter(hoursBefore)) {
            throw MillraceException.invalid(
                    ("tallies are summed by minutes before they are summed by hours before they are"
                                    + " dropped, got rules of %s, %s, %s; nothing was done")
                            .formatted(sumBefore, hoursBefore, dropBefore));
        }
    }

    /** What they are at a moment: a day by the minute, 32 days by the hour. */
    public static TallyRules at(Instant now) {
        return new TallyRules(
                now.minus(3, ChronoUnit.MINUTES),
                now.minus(1, ChronoUnit.DAYS),
                now.minus(32, ChronoUnit.DAYS));
    }
}
