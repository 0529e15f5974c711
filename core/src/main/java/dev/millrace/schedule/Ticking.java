package dev.millrace.schedule;

import dev.millrace.job.MillraceException;
import dev.millrace.queue.JobQueue;
import dev.millrace.store.DueSchedules;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.Stepped;
import dev.millrace.store.Tick;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Enqueues what ticks. Any number of processes may do so at once, and stand still or die at any
 * point: a schedule's state, the ticks' rows and their jobs change together, and only from the
 * state that was looked at. One round costs at most {@value #STEP} schedules.
 */
final class Ticking {
    private static final Logger LOG = LoggerFactory.getLogger(Ticking.class);

    /** How many schedules one look takes. */
    static final int STEP = 256;

    private static final int MOST_JOBS = 5_000;
    private static final int MOST_KNOWN = 1_000;

    /** When a schedule that this program cannot carry out is looked at again. */
    private static final Duration LATER = Duration.ofSeconds(10);

    private final JobStore store;
    private final JobQueue queue;
    private final Clock clock;
    private final Planner planner;
    private final Consumer<NewJob> told;
    private final Set<Long> unreadable = new HashSet<>();

    /**
     * @param told hears of every job that was enqueued
     */
    Ticking(
            JobStore store,
            JobQueue queue,
            Clock clock,
            RandomGenerator random,
            Consumer<NewJob> told) {
        this.store = store;
        this.queue = queue;
        this.clock = clock;
        this.planner = new Planner(random);
        this.told = told;
    }

    /** A schedule due, as it was read. */
    private record Read(ScheduleRow row, Definition definition) {}

    /**
     * What came of a round.
     *
     * @param found how many schedules were due
     * @param done with how many of them something was done here; the others are in other hands
     * @param next when the first of all others is due
     */
    record Round(int found, int done, @Nullable Instant next) {}

    /**
     * Looks once, and does what is due.
     *
     * @param until what is due later is left alone
     */
    Round round(Instant until) {
        DueSchedules found = store.schedules().due(until, STEP);
        int done = found.due().isEmpty() ? 0 : carryOut(found.due());
        return new Round(found.due().size(), done, found.next());
    }

    private int carryOut(List<ScheduleRow> rows) {
        var read = new ArrayList<Read>();
        var steps = new ArrayList<ScheduleStep>();
        for (ScheduleRow row : rows) {
            try {
                read.add(
                        new Read(
                                row,
                                DefinitionText.read(
                                        row.terms().definition(), row.terms().version())));
            } catch (MillraceException e) {
                steps.add(later(row, e));
            }
        }
        Set<Long> live = live(read);
        int jobs = 0;
        int done = 0;
        for (Read each : read) {
            Planner.Plan plan = plan(each, live);
            steps.add(plan.step());
            jobs += plan.step().ticks().size();
            if (jobs > MOST_JOBS - ScheduleStep.MOST_TICKS) {
                done += send(steps);
                steps.clear();
                jobs = 0;
            }
        }
        return done + send(steps);
    }

    private ScheduleStep later(ScheduleRow row, MillraceException why) {
        if (unreadable.size() < MOST_KNOWN && unreadable.add(row.id())) {
            LOG.atWarn()
                    .addKeyValue("schedule", row.name())
                    .addKeyValue("cause", why.getMessage())
                    .log("a schedule cannot be carried out by this program; others may");
        }
        return new ScheduleStep(row.id(), row.state().due(clock.instant().plus(LATER)));
    }

    private Set<Long> live(List<Read> read) {
        var watched = new LinkedHashSet<Long>();
        for (Read each : read) {
            Long job = Planner.watched(each.row().state(), each.definition().schedule());
            if (job != null) {
                watched.add(job);
            }
        }
        return live(store, watched);
    }

    /** Which of some jobs have not ended. */
    static Set<Long> live(JobStore store, Collection<Long> jobs) {
        if (jobs.isEmpty()) {
            return Set.of();
        }
        var live = new HashSet<>(store.schedules().kept(jobs));
        live.removeAll(store.ended(live).keySet());
        return live;
    }

    private Planner.Plan plan(Read each, Set<Long> live) {
        ScheduleRow row = each.row();
        Definition definition = each.definition();
        Long watched = Planner.watched(row.state(), definition.schedule());
        try {
            Planner.Plan plan =
                    planner.plan(
                            row,
                            definition.schedule(),
                            clock.instant(),
                            watched != null && live.contains(watched),
                            at -> queue.encode(Ticks.request(row.name(), at, definition)));
            if (plan.cancel() != null) {
                cancel(row.name(), plan.cancel());
            }
            return plan;
        } catch (MillraceException e) {
            if (e.code() != MillraceException.Code.INVALID_INPUT) {
                throw e;
            }
            return new Planner.Plan(later(row, e), null);
        }
    }

    /** Before the tick: when this process ends here, the next to look cancels once more. */
    private void cancel(String name, long job) {
        String reason = "the next tick of schedule '%s' takes its place".formatted(name);
        store.cancel(List.of(job), reason, clock.instant());
    }

    /** Answers how many steps were done. */
    private int send(List<ScheduleStep> steps) {
        List<Stepped> answers = store.schedules().step(List.copyOf(steps));
        int done = 0;
        for (int i = 0; i < steps.size(); i++) {
            done += answers.get(i).done() ? 1 : 0;
            for (Tick tick : steps.get(i).ticks()) {
                NewJob job = tick.job();
                if (job != null && answers.get(i).jobs().contains(job.id())) {
                    told.accept(job);
                }
            }
        }
        return done;
    }
}
