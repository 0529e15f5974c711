package dev.millrace.schedule;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;

/**
 * Moments by the clock on a wall somewhere: a cron expression, a time zone, and what becomes of
 * local times that a change of the clocks leaves out or has twice. Immutable.
 *
 * <p>An expression has five fields, or six with seconds first: minute (0-59), hour (0-23), day of
 * the month (1-31), month (1-12 or JAN-DEC), day of the week (0-7 or SUN-SAT, 0 and 7 are Sunday).
 * A field is {@code *}, or a list of numbers, ranges {@code 1-5} and steps {@code 0-30/10}, {@code
 * *}{@code /5}, {@code 10/5} (from 10 on). Days of the month also know {@code L} (the last), {@code
 * L-3} (three days before it), {@code 15W} (the weekday nearest to the 15th, within the month) and
 * {@code LW} (the last weekday); days of the week {@code 5L} (the month's last Friday) and {@code
 * FRI#2} (its second). {@code ?} for one of the two says nothing. Where both say something, a day
 * fits that fits either. Macros: {@code @yearly @annually @monthly @weekly @daily @midnight
 * @hourly}. Letters may be small.
 *
 * <p>What can never come, such as 31 February, is refused.
 */
public final class Cron implements When {
    private static final Instant FIRST = Instant.EPOCH;
    private static final Instant LAST = Instant.parse("9999-01-01T00:00:00Z");

    /**
     * Longer than the calendar leaves any day out (29 February, eight years around 1900 and 2100);
     * what falls into a gap of the clocks each year and is skipped may not come within it.
     */
    private static final Duration HORIZON = Duration.ofDays(40 * 366);

    private final String expression;
    private final ZoneId zone;
    private final Dst dst;
    private final CronFields fields;

    private Cron(String expression, ZoneId zone, Dst dst, CronFields fields) {
        this.expression = expression;
        this.zone = zone;
        this.dst = dst;
        this.fields = fields;
    }

    /**
     * An expression by the clocks of a zone; on the days of a change, {@link Dst#STEADY} when it
     * has every hour and {@link Dst#FIXED} otherwise. Costs microseconds whatever the text.
     *
     * @param expression at most 256 characters
     * @throws dev.millrace.job.MillraceException with {@code invalid-input} that says what was
     *     expected, what was got and where
     */
    public static Cron of(String expression, ZoneId zone) {
        CronFields fields = CronParser.parse(expression);
        return new Cron(
                expression.strip(), zone, fields.everyHour() ? Dst.STEADY : Dst.FIXED, fields);
    }

    /** The same with its own rule for the days on which the clocks change. */
    public static Cron of(String expression, ZoneId zone, Dst dst) {
        return new Cron(expression.strip(), zone, dst, CronParser.parse(expression));
    }

    /** The expression as it was given. */
    public String expression() {
        return expression;
    }

    /** The zone whose clocks it goes by. */
    public ZoneId zone() {
        return zone;
    }

    /** What becomes of local times that a change leaves out or has twice. */
    public Dst dst() {
        return dst;
    }

    /**
     * The first tick after a moment, from 1970 to the year 9998. Costs at most a look at each month
     * of 40 years; microseconds for what comes soon.
     *
     * @return empty when none comes within 40 years, as with a local time that falls into a gap
     *     each year and is skipped
     */
    public Optional<Instant> next(Instant after) {
        if (!after.isBefore(LAST)) {
            return Optional.empty();
        }
        Instant from =
                after.isBefore(FIRST)
                        ? FIRST
                        : after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
        Instant end = from.plus(HORIZON);
        ZoneRules rules = zone.getRules();
        while (from != null && from.isBefore(end)) {
            ZoneOffsetTransition change = rules.nextTransition(from.minusNanos(1));
            if (change != null && change.getInstant().equals(from)) {
                if (runsAfter(change)) {
                    return Optional.of(from);
                }
                change = rules.nextTransition(from);
            }
            Instant found = nextBefore(change, from, end, rules);
            if (found != null) {
                return Optional.of(found);
            }
            from = change == null ? null : change.getInstant();
        }
        return Optional.empty();
    }

    private boolean runsAfter(ZoneOffsetTransition change) {
        return change.isGap()
                && dst.gap() == Dst.Gap.RUN_AFTER
                && fields.next(change.getDateTimeBefore(), change.getDateTimeAfter()) != null;
    }

    /** Within a stretch of time in which the clocks do not change. */
    private @Nullable Instant nextBefore(
            @Nullable ZoneOffsetTransition change, Instant from, Instant end, ZoneRules rules) {
        ZoneOffset offset = rules.getOffset(from);
        LocalDateTime first = LocalDateTime.ofInstant(from, offset);
        ZoneOffsetTransition before = rules.previousTransition(from.plusNanos(1));
        if (before != null
                && before.isOverlap()
                && dst.overlap() == Dst.Overlap.ONCE
                && first.isBefore(before.getDateTimeBefore())) {
            first = before.getDateTimeBefore();
        }
        LocalDateTime to =
                change == null ? LocalDateTime.ofInstant(end, offset) : change.getDateTimeBefore();
        LocalDateTime found = first.isBefore(to) ? fields.next(first, to) : null;
        return found == null ? null : found.toInstant(offset);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cron cron
                && expression.equals(cron.expression)
                && zone.equals(cron.zone)
                && dst.equals(cron.dst);
    }

    @Override
    public int hashCode() {
        return expression.hashCode() * 31 + zone.hashCode();
    }

    @Override
    public String toString() {
        return expression + " (" + zone + ")";
    }
}
