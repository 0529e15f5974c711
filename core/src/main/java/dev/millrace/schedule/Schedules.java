package dev.millrace.schedule;

import dev.millrace.job.JobOptions;
import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.queue.JobQueue;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.ScheduleTerms;
import dev.millrace.store.Stepped;
import dev.millrace.store.Tick;
import dev.millrace.store.TickRow;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What people and code do to schedules: make, look, pause, trigger, remove. Thread-safe. Every
 * change is made only to the state that it was decided on, and decided anew when that has changed
 * meanwhile. A call costs two or three round trips.
 */
public final class Schedules {
    /** The longest name, so that jobs can carry it in a tag. */
    public static final int MAX_NAME = 180;

    /** The largest payload of a schedule's jobs, in bytes of JSON. */
    public static final int MAX_PAYLOAD_BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);
    private static final int MAX_TAGS = JobRequest.MAX_TAGS - 2;
    private static final int TRIES = 20;

    private final JobStore store;
    private final JobQueue queue;
    private final Json json;
    private final Clock clock;
    private final Runnable changed;
    private final Consumer<NewJob> told;

    /**
     * Schedules of a store.
     *
     * @param changed told when something may be due sooner
     * @param told hears of every job that was enqueued
     */
    public Schedules(
            JobStore store,
            JobQueue queue,
            Json json,
            Clock clock,
            Runnable changed,
            Consumer<NewJob> told) {
        this.store = store;
        this.queue = queue;
        this.json = json;
        this.clock = clock;
        this.changed = changed;
        this.told = told;
    }

    /**
     * A schedule about to be made.
     *
     * @param name 1 to {@value #MAX_NAME} characters as in other names
     * @param schedule when it ticks
     * @param request what its ticks enqueue; not delayed, with a time to live rather than a moment
     *     of expiry, without unique and idempotency keys, with at most 18 tags
     */
    public record Wanted(String name, Schedule schedule, JobRequest<?> request) {
        /** Checks what can be checked without a store. */
        public Wanted {
            Names.check("the name of a schedule", name);
            if (name.length() > MAX_NAME) {
                throw refused(name, "a name of at most " + MAX_NAME + " characters", "more");
            }
            if (!(request.start() instanceof JobRequest.Start.Now)) {
                throw refused(name, "jobs that may start at once", "a delay");
            }
            JobOptions options = request.options();
            if (options.expiry() instanceof JobOptions.Expiry.At) {
                throw refused(name, "a time to live of its jobs", "a moment");
            }
            if (options.unique() != null || options.idempotencyKey() != null) {
                throw refused(
                        name, "a rule for overlaps", "a unique or idempotency key of its jobs");
            }
            if (request.tags().size() > MAX_TAGS) {
                throw refused(
                        name,
                        "at most %d tags of its jobs".formatted(MAX_TAGS),
                        Integer.toString(request.tags().size()));
            }
        }

        private static MillraceException refused(String name, String expected, String got) {
            return MillraceException.invalid(
                    "schedule '%s': expected %s, got %s; nothing was scheduled"
                            .formatted(name, expected, got));
        }
    }

    /**
     * Makes a schedule, or changes one that was added before: it ticks by its new terms from now
     * on; pauses stay.
     *
     * @throws MillraceException with {@code invalid-input} when code declares one of that name, or
     *     it would never tick
     */
    public ScheduleSnapshot add(Wanted wanted) {
        Definition definition = definition(wanted);
        for (int i = 0; i < TRIES; i++) {
            Instant now = now();
            Optional<ScheduleRow> row = store.schedules().find(wanted.name());
            if (row.isPresent() && row.get().terms().declared()) {
                throw MillraceException.invalid(
                        ("schedule '%s' must not be one that code declares: change it there, or"
                                        + " pause it; nothing was changed")
                                .formatted(wanted.name()));
            }
            SchedulePut put = put(wanted.name(), false, definition, row, now);
            if (put.state().dueAt() == null && row.isEmpty()) {
                throw MillraceException.invalid(
                        "schedule '%s' must tick some time after %s, got none; nothing was scheduled"
                                .formatted(wanted.name(), now));
            }
            if (store.schedules().put(List.of(put)).getFirst()) {
                changed.run();
                return find(wanted.name()).orElseGet(() -> made(put));
            }
        }
        throw busy(wanted.name());
    }

    /** As it was made, when somebody has removed it since. */
    private static ScheduleSnapshot made(SchedulePut put) {
        return snapshot(
                new ScheduleRow(0, put.name(), put.terms(), put.at(), put.at(), put.state()));
    }

    /**
     * Makes many schedules that are not there yet, in one round trip.
     *
     * @param wanted at most {@value ScheduleStore#MOST}, each name once
     * @return how many were made; others of that name stay as they are
     */
    public int addNew(List<Wanted> wanted) {
        Instant now = now();
        var puts =
                wanted.stream()
                        .map(each ->
                                put(each.name(), false, definition(each), Optional.empty(), now))
                        .toList();
        int made = (int) store.schedules().put(puts).stream().filter(done -> done).count();
        changed.run();
        return made;
    }

    /**
     * Makes what code declares so, as it starts. One declared before with another definition takes
     * the new one, unless it has a higher {@link Schedule#version}; among equal versions the one
     * declared last holds. Since a process declares once, when it starts, processes of different
     * releases that run side by side never change a schedule back and forth. Where nothing has
     * changed, nothing is written. A tick that is due at that moment is not lost, and none happens
     * twice.
     */
    public void declare(Wanted wanted) {
        Definition definition = definition(wanted);
        for (int i = 0; i < TRIES; i++) {
            Optional<ScheduleRow> row = store.schedules().find(wanted.name());
            if (row.isPresent() && stays(row.get(), definition)) {
                return;
            }
            var put = put(wanted.name(), true, definition, row, now());
            if (store.schedules().put(List.of(put)).getFirst()) {
                LOG.atInfo()
                        .addKeyValue("schedule", wanted.name())
                        .addKeyValue("version", definition.schedule().version())
                        .addKeyValue("next", put.state().nextAt())
                        .log(row.isEmpty() ? "schedule is declared" : "schedule is changed");
                changed.run();
                return;
            }
        }
        throw busy(wanted.name());
    }

    private static boolean stays(ScheduleRow row, Definition definition) {
        ScheduleTerms terms = row.terms();
        int version = definition.schedule().version();
        if (terms.declared() && terms.version() > version) {
            LOG.atInfo()
                    .addKeyValue("schedule", row.name())
                    .addKeyValue("declared", version)
                    .addKeyValue("stands", terms.version())
                    .log("a newer version of this schedule stands; it stays");
            return true;
        }
        return terms.declared()
                && terms.version() == version
                && terms.definition().equals(DefinitionText.write(definition));
    }

    private SchedulePut put(
            String name,
            boolean declared,
            Definition definition,
            Optional<ScheduleRow> row,
            Instant now) {
        var terms =
                new ScheduleTerms(
                        declared,
                        definition.schedule().version(),
                        definition.request().queue(),
                        definition.request().task().kind(),
                        DefinitionText.write(definition));
        ScheduleState state =
                row.map(before -> changed(before, definition.schedule(), now))
                        .orElseGet(() ->
                                ScheduleState.first(
                                        definition.schedule().next(now, now).orElse(null)));
        return new SchedulePut(name, terms, state, now);
    }

    private static ScheduleState changed(ScheduleRow row, Schedule schedule, Instant now) {
        Definition before = snapshot(row).definition();
        if (before != null
                && before.schedule().when().equals(schedule.when())
                && before.schedule().overlap() == schedule.overlap()
                && Objects.equals(before.schedule().start(), schedule.start())
                && Objects.equals(before.schedule().end(), schedule.end())) {
            return row.state();
        }
        return restarted(row, schedule, now, row.state());
    }

    private static ScheduleState restarted(
            ScheduleRow row, Schedule schedule, Instant now, @Nullable ScheduleState pending) {
        ScheduleState state = row.state();
        boolean rests = schedule.when() instanceof When.AfterCompletion;
        boolean queued = state.queuedAt() != null && schedule.overlap() == Overlap.QUEUE_ONE;
        if (rests || !queued) {
            state = state.queued(null).awaiting(null);
        }
        if (rests && state.lastJob() != null) {
            return state.awaiting(state.lastJob()).next(null).due(now);
        }
        state = state.next(Planner.first(schedule, row.createdAt(), now, pending).orElse(null));
        return state.queuedAt() == null ? state : state.due(now);
    }

    /** The request with its payload written, and what a tick needs of its task. */
    private Definition definition(Wanted wanted) {
        JobRequest<?> request = wanted.request();
        String kind = request.task().kind();
        String payload =
                json.write(
                        "payload of kind '%s' (schedule '%s')".formatted(kind, wanted.name()),
                        request.payload(),
                        MAX_PAYLOAD_BYTES);
        RetryPolicy own = request.retry();
        var task =
                Task.named(kind, RawJson.class)
                        .version(request.task().version())
                        .retry(
                                RetryPolicy.standard()
                                        .attempts(
                                                (own == null ? request.task().retry() : own)
                                                        .maxAttempts()));
        return new Definition(
                wanted.schedule(),
                new JobRequest<>(
                        task,
                        new RawJson(payload),
                        request.queue(),
                        request.priority(),
                        request.start(),
                        own,
                        request.tags(),
                        request.options()));
    }

    /** A schedule by its name. */
    public Optional<ScheduleSnapshot> find(String name) {
        return store.schedules().find(name).map(Schedules::snapshot);
    }

    /**
     * A page of schedules by name.
     *
     * @param prefix only names that begin so
     * @param after only names after this one; {@code null} to begin with
     * @param limit 1 to {@value ScheduleStore#MOST}
     */
    public List<ScheduleSnapshot> list(String prefix, @Nullable String after, int limit) {
        return store.schedules().list(prefix, after, limit).stream()
                .map(Schedules::snapshot)
                .toList();
    }

    private static ScheduleSnapshot snapshot(ScheduleRow row) {
        try {
            return new ScheduleSnapshot(
                    row, DefinitionText.read(row.terms().definition(), row.terms().version()));
        } catch (MillraceException e) {
            return new ScheduleSnapshot(row, null);
        }
    }

    /**
     * Ticks of a schedule that happened, the latest first; they are kept for 32 days.
     *
     * @param before only earlier ones; {@code null} to begin with
     * @param limit 1 to {@value ScheduleStore#MOST}
     */
    public List<TickRow> ticks(ScheduleSnapshot schedule, @Nullable Instant before, int limit) {
        return store.schedules().ticks(schedule.row().id(), before, limit);
    }

    /**
     * Removes a schedule; jobs that it enqueued stay. One that code declares comes back when a
     * process starts that declares it.
     *
     * @return whether there was one
     */
    public boolean remove(String name) {
        return store.schedules().remove(name);
    }

    /**
     * Has a schedule not tick until it is resumed; ticks meanwhile are left out. Twice does nothing
     * more.
     *
     * @return the schedule; empty when there is none of that name
     */
    public Optional<ScheduleSnapshot> pause(String name) {
        return change(name, row -> row.state().paused(true), true);
    }

    /** Ends a pause: the next tick is the first after now. */
    public Optional<ScheduleSnapshot> resume(String name) {
        return change(
                name,
                row -> {
                    ScheduleState state = row.state().paused(false);
                    Definition definition = snapshot(row).definition();
                    if (definition == null) {
                        return state;
                    }
                    Schedule schedule = definition.schedule();
                    boolean waits = state.awaited() != null;
                    if (waits && schedule.when() instanceof When.AfterCompletion) {
                        return state.due(now());
                    }
                    var next =
                            state.next(
                                    Planner.first(schedule, row.createdAt(), now(), null)
                                            .orElse(null));
                    // what was queued before the pause is looked at now
                    return waits ? next.due(now()) : next;
                },
                false);
    }

    private Optional<ScheduleSnapshot> change(
            String name, Function<ScheduleRow, ScheduleState> change, boolean toPaused) {
        for (int i = 0; i < TRIES; i++) {
            Optional<ScheduleRow> row = store.schedules().find(name);
            if (row.isEmpty() || row.get().state().paused() == toPaused) {
                return row.map(Schedules::snapshot);
            }
            var step = new ScheduleStep(row.get().id(), change.apply(row.get()));
            if (store.schedules().step(List.of(step)).getFirst().done()) {
                changed.run();
                return find(name);
            }
        }
        throw busy(name);
    }

    /**
     * Runs a schedule's job now, besides its ticks, whether it is paused or not. Its rule for
     * overlaps holds for this one too.
     *
     * @return what came of it; empty when there is no schedule of that name
     * @throws MillraceException with {@code invalid-input} when a newer program wrote it in a way
     *     that this one does not know
     */
    public Optional<Triggered> trigger(String name) {
        for (int i = 0; i < TRIES; i++) {
            Optional<ScheduleRow> row = store.schedules().find(name);
            if (row.isEmpty()) {
                return Optional.empty();
            }
            Triggered triggered = trigger(row.get());
            if (triggered != null) {
                return Optional.of(triggered);
            }
        }
        throw busy(name);
    }

    /** {@code null} when another change was first. */
    private @Nullable Triggered trigger(ScheduleRow row) {
        Definition definition =
                DefinitionText.read(row.terms().definition(), row.terms().version());
        Schedule schedule = definition.schedule();
        ScheduleState state = row.state();
        boolean rests = schedule.when() instanceof When.AfterCompletion;
        Long previous = rests ? state.awaited() : Planner.watched(state, schedule);
        boolean live = previous != null && Ticking.live(store, Set.of(previous)).contains(previous);
        Instant now = now();
        boolean waits = live || state.queuedAt() != null;
        if (waits && !rests && schedule.overlap() == Overlap.QUEUE_ONE) {
            var queued =
                    state.queuedAt() != null
                            ? state.due(now)
                            : state.queued(now).awaiting(previous).due(now.plusSeconds(1));
            boolean done =
                    store.schedules()
                            .step(List.of(new ScheduleStep(row.id(), queued)))
                            .getFirst()
                            .done();
            return done ? new Triggered(Triggered.Outcome.QUEUED, previous) : null;
        }
        if (live && (rests || schedule.overlap() == Overlap.SKIP)) {
            return new Triggered(Triggered.Outcome.STILL_RUNNING, previous);
        }
        if (live && previous != null) {
            store.cancel(
                    List.of(previous), "schedule '%s' was triggered".formatted(row.name()), now);
        }
        return run(row, definition, now, rests);
    }

    private @Nullable Triggered run(
            ScheduleRow row, Definition definition, Instant now, boolean rests) {
        NewJob job = queue.encode(Ticks.request(row.name(), now, definition));
        ScheduleState state = row.state().ran(now, job.id());
        if (rests) {
            state = state.awaiting(job.id()).next(null).due(now.plusSeconds(1));
        }
        var step = new ScheduleStep(row.id(), state, List.of(new Tick(now, job, true)));
        Stepped done = store.schedules().step(List.of(step)).getFirst();
        if (!done.jobs().contains(job.id())) {
            return null;
        }
        told.accept(job);
        changed.run();
        return new Triggered(Triggered.Outcome.ENQUEUED, job.id());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static MillraceException busy(String name) {
        return new MillraceException(
                MillraceException.Code.STORE_UNAVAILABLE,
                "schedule '%s' was changed by others %d times while this change was decided; try"
                                .formatted(name, TRIES)
                        + " again");
    }
}
