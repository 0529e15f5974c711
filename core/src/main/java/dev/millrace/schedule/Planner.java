package dev.millrace.schedule;

import dev.millrace.store.NewJob;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.Tick;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Decides what a look at a schedule does; nothing here asks a store or a clock. A look costs at
 * most {@value ScheduleStep#MOST_TICKS} ticks, however many were missed.
 */
final class Planner {
    private static final Duration FIRST_LOOK = Duration.ofSeconds(1);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(30);
    private static final Duration INSTANT = Duration.of(1, ChronoUnit.MICROS);

    private final RandomGenerator random;

    /**
     * @param random for the jitter of rests
     */
    Planner(RandomGenerator random) {
        this.random = random;
    }

    /**
     * What a look does.
     *
     * @param cancel the job that has to make room first
     */
    record Plan(ScheduleStep step, @Nullable Long cancel) {}

    /** Ticks to run now, and the one that comes after them. */
    private record Due(List<Instant> runs, @Nullable Instant next) {}

    /** The job of which a look has to know whether it has ended; {@code null} for none. */
    static @Nullable Long watched(ScheduleState state, Schedule schedule) {
        if (schedule.when() instanceof When.AfterCompletion) {
            return state.awaited();
        }
        if (schedule.overlap() == Overlap.ALLOW) {
            return null;
        }
        return state.queuedAt() == null ? state.lastJob() : state.awaited();
    }

    /**
     * Decides.
     *
     * @param live whether the watched job has not ended
     * @param jobs makes a tick's job
     */
    Plan plan(
            ScheduleRow row,
            Schedule schedule,
            Instant now,
            boolean live,
            Function<Instant, NewJob> jobs) {
        return schedule.when() instanceof When.AfterCompletion after
                ? rested(row, schedule, after, now, live, jobs)
                : planned(row, schedule, now, live, jobs);
    }

    private Plan rested(
            ScheduleRow row,
            Schedule schedule,
            When.AfterCompletion after,
            Instant now,
            boolean live,
            Function<Instant, NewJob> jobs) {
        ScheduleState state = row.state();
        if (state.awaited() != null && live) {
            return new Plan(step(row, state.due(now.plus(look(state, now)))), null);
        }
        Instant next = state.nextAt();
        if (state.awaited() != null) {
            long jitter = after.jitter().toNanos() / 1_000;
            next =
                    now.plus(after.rest())
                            .plus(jitter == 0 ? 0 : random.nextLong(jitter + 1), ChronoUnit.MICROS);
            Instant start = schedule.start();
            next = start != null && next.isBefore(start) ? start : next;
            Instant end = schedule.end();
            next = end != null && next.isAfter(end) ? null : next;
            state = state.awaiting(null).next(next);
        }
        if (next == null || next.isAfter(now)) {
            return new Plan(step(row, state.due(next)), null);
        }
        NewJob job = jobs.apply(next);
        state = state.ran(next, job.id()).awaiting(job.id()).next(null).due(now.plus(FIRST_LOOK));
        return new Plan(
                new ScheduleStep(row.id(), state, List.of(new Tick(next, job, false))), null);
    }

    private static ScheduleStep step(ScheduleRow row, ScheduleState state) {
        return new ScheduleStep(row.id(), state);
    }

    private static Plan planned(
            ScheduleRow row,
            Schedule schedule,
            Instant now,
            boolean watchedLive,
            Function<Instant, NewJob> jobs) {
        ScheduleState state = row.state();
        var ticks = new ArrayList<Tick>();
        Long cancel = null;
        boolean live = watchedLive;
        Instant queued = state.queuedAt();
        if (queued != null && !live) {
            NewJob job = jobs.apply(queued);
            ticks.add(new Tick(queued, job, false));
            state = state.queued(null).awaiting(null).ran(queued, job.id());
            live = true;
        }
        Due due = due(state, schedule, row.createdAt(), now);
        for (Instant at : due.runs()) {
            boolean last = at.equals(due.runs().getLast());
            boolean runs =
                    switch (schedule.overlap()) {
                        case ALLOW -> true;
                        case SKIP, QUEUE_ONE -> !live;
                        case CANCEL_PREVIOUS -> last;
                    };
            if (runs) {
                if (schedule.overlap() == Overlap.CANCEL_PREVIOUS && live) {
                    cancel = state.lastJob();
                }
                NewJob job = jobs.apply(at);
                ticks.add(new Tick(at, job, false));
                state = state.ran(at, job.id());
                live = true;
            } else if (schedule.overlap() == Overlap.QUEUE_ONE && state.queuedAt() == null) {
                state = state.queued(at).awaiting(state.lastJob());
            } else {
                ticks.add(new Tick(at, null, false));
            }
        }
        state = state.next(due.next());
        if (state.queuedAt() != null) {
            Instant look = now.plus(look(state, now));
            Instant next = due.next();
            state = state.due(next == null || look.isBefore(next) ? look : next);
        }
        return new Plan(new ScheduleStep(row.id(), state, ticks), cancel);
    }

    /** How long until the next look at a job that runs: an eighth of its age. */
    static Duration look(ScheduleState state, Instant now) {
        Instant last = state.lastAt();
        Duration age = last == null ? Duration.ZERO : Duration.between(last, now).dividedBy(8);
        if (age.compareTo(FIRST_LOOK) < 0) {
            return FIRST_LOOK;
        }
        return age.compareTo(LONGEST_LOOK) > 0 ? LONGEST_LOOK : age;
    }

    private static Due due(ScheduleState state, Schedule schedule, Instant made, Instant now) {
        Instant next = state.nextAt();
        if (next == null || next.isAfter(now)) {
            return new Due(List.of(), next);
        }
        Instant missed = null;
        Instant first =
                switch (schedule.misfire()) {
                    case Misfire.Skip skip -> now.minus(Misfire.GRACE);
                    case Misfire.RunOnce once -> now.minus(Misfire.GRACE);
                    case Misfire.CatchUp catchUp -> now.minus(later(catchUp.window()));
                };
        if (next.isBefore(first)) {
            missed = schedule.misfire() instanceof Misfire.RunOnce ? next : null;
            next = schedule.next(first.minus(INSTANT), made).orElse(null);
        }
        var runs = new ArrayList<Instant>();
        // one place is left for a job that was queued
        while (next != null && !next.isAfter(now) && runs.size() < ScheduleStep.MOST_TICKS - 1) {
            runs.add(next);
            next = schedule.next(next, made).orElse(null);
        }
        if (missed != null && runs.isEmpty()) {
            runs.add(missed);
        }
        return new Due(runs, next);
    }

    private static Duration later(Duration window) {
        return window.compareTo(Misfire.GRACE) < 0 ? Misfire.GRACE : window;
    }

    /**
     * The first tick of a schedule that is made, changed or resumed.
     *
     * @param before where a schedule of this name stood; a tick of it that is due just now and that
     *     nobody has taken yet is not lost
     */
    static Optional<Instant> first(
            Schedule schedule, Instant made, Instant now, @Nullable ScheduleState before) {
        Instant pending = before == null ? null : before.nextAt();
        if (pending != null && !pending.isAfter(now) && pending.isAfter(now.minus(Misfire.GRACE))) {
            return schedule.next(pending.minus(INSTANT), made);
        }
        return schedule.next(now, made);
    }
}
