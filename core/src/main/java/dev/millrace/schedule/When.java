package dev.millrace.schedule;

import dev.millrace.job.MillraceException;

import java.time.Duration;
import java.time.Instant;

/** When a schedule ticks. */
public sealed interface When permits Cron, When.Every, When.AfterCompletion, When.Once {
    /** The longest distance and rest. */
    Duration LONGEST = Duration.ofDays(366);

    /** At a fixed rate, counted from the schedule's start, or from when it was made. */
    static Every every(Duration distance) {
        return new Every(distance);
    }

    /** Again when the run before has ended, after a rest. */
    static AfterCompletion afterCompletion(Duration rest) {
        return new AfterCompletion(rest, Duration.ZERO);
    }

    /** Again when the run before has ended, after a rest and a random part of the jitter. */
    static AfterCompletion afterCompletion(Duration rest, Duration jitter) {
        return new AfterCompletion(rest, jitter);
    }

    /** One time only. */
    static Once at(Instant moment) {
        return new Once(moment);
    }

    /**
     * At a fixed rate, whatever the runs take.
     *
     * @param distance from tick to tick, 1 s to 366 days
     */
    record Every(Duration distance) implements When {
        /** Checks the bounds. */
        public Every {
            between("the distance of ticks", distance, Duration.ofSeconds(1));
        }
    }

    /**
     * Again when the run before has ended, however it ended. The first run begins at once, or at
     * the schedule's start.
     *
     * @param rest between the end of a run and the next tick, 0 s to 366 days
     * @param jitter a random part of it is added to each rest, 0 s to 366 days
     */
    record AfterCompletion(Duration rest, Duration jitter) implements When {
        /** Checks the bounds. */
        public AfterCompletion {
            between("the rest after a run", rest, Duration.ZERO);
            between("the jitter of a rest", jitter, Duration.ZERO);
        }
    }

    /**
     * One time only.
     *
     * @param at from 1970 to 9998
     */
    record Once(Instant at) implements When {
        /** Checks the bounds. */
        public Once {
            if (at.isBefore(Instant.EPOCH) || !at.isBefore(Instant.parse("9999-01-01T00:00:00Z"))) {
                throw MillraceException.invalid(
                        "the moment of a schedule must be from 1970 to 9998, got %s; nothing was"
                                        .formatted(at)
                                + " scheduled");
            }
        }
    }

    private static void between(String what, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw MillraceException.invalid(
                    "%s must be %s to %d days, got %s; nothing was scheduled"
                            .formatted(what, least, LONGEST.toDays(), value));
        }
    }
}
