package dev.millrace.schedule;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * When something ticks and what happens when that does not go as planned. Immutable; each method
 * answers a changed copy. Defaults: missed ticks run once, overlapping runs are allowed, no start,
 * no end, version 0.
 *
 * @param when its moments
 * @param misfire what becomes of missed ticks
 * @param overlap what a tick does while the run before has not ended
 * @param start no tick before it
 * @param end no tick after it
 * @param version 0 or more. A schedule declared in code takes the place of one declared before
 *     unless that had a higher version; see {@link Schedules#declare}
 */
public record Schedule(
        When when,
        Misfire misfire,
        Overlap overlap,
        @Nullable Instant start,
        @Nullable Instant end,
        int version) {

    /** Checks the bounds; moments are kept to the microsecond. */
    public Schedule {
        start = start == null ? null : start.truncatedTo(ChronoUnit.MICROS);
        end = end == null ? null : end.truncatedTo(ChronoUnit.MICROS);
        if (start != null && end != null && end.isBefore(start)) {
            throw MillraceException.invalid(
                    "a schedule's end must not be before its start (%s), got %s; nothing was"
                                    .formatted(start, end)
                            + " scheduled");
        }
        if (version < 0) {
            throw MillraceException.invalid(
                    "a schedule's version must be 0 or more, got %d; nothing was scheduled"
                            .formatted(version));
        }
    }

    /** With every default. */
    public static Schedule of(When when) {
        return new Schedule(when, Misfire.runOnce(), Overlap.ALLOW, null, null, 0);
    }

    /** The same with another rule for missed ticks. */
    public Schedule misfire(Misfire rule) {
        return new Schedule(when, rule, overlap, start, end, version);
    }

    /** The same with another rule for runs that overlap. */
    public Schedule overlap(Overlap rule) {
        return new Schedule(when, misfire, rule, start, end, version);
    }

    /** The same without ticks before a moment. */
    public Schedule startingAt(@Nullable Instant moment) {
        return new Schedule(when, misfire, overlap, moment, end, version);
    }

    /** The same without ticks after a moment. */
    public Schedule endingAt(@Nullable Instant moment) {
        return new Schedule(when, misfire, overlap, start, moment, version);
    }

    /** The same as another version of its declaration. */
    public Schedule version(int number) {
        return new Schedule(when, misfire, overlap, start, end, number);
    }

    /**
     * The first tick after a moment, within start and end.
     *
     * @param after not included
     * @param made when the schedule was made: rates count from there unless it has a start
     * @return empty when none comes; for {@link When.AfterCompletion} the start, or the moment
     *     after the given one, since the runs decide what comes next
     */
    public Optional<Instant> next(Instant after, Instant made) {
        Instant from = start != null && !after.isAfter(start) ? start.minusNanos(1_000) : after;
        Optional<Instant> next =
                switch (when) {
                    case Cron cron -> cron.next(from);
                    case When.Every every ->
                            Optional.of(next(from, start == null ? made : start, every.distance()));
                    case When.AfterCompletion rest ->
                            Optional.of(from.truncatedTo(ChronoUnit.MICROS).plusNanos(1_000));
                    case When.Once once ->
                            once.at().isAfter(from)
                                    ? Optional.of(once.at().truncatedTo(ChronoUnit.MICROS))
                                    : Optional.empty();
                };
        return next.filter(at -> end == null || !at.isAfter(end));
    }

    private static Instant next(Instant after, Instant anchor, Duration distance) {
        if (after.isBefore(anchor)) {
            return anchor;
        }
        long past = anchor.until(after, ChronoUnit.MICROS);
        long each = distance.toNanos() / 1_000;
        return anchor.plus(Math.multiplyExact(past / each + 1, each), ChronoUnit.MICROS);
    }
}
