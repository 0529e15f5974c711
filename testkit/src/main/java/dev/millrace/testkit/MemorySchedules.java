package dev.millrace.testkit;

import dev.millrace.job.MillraceException;
import dev.millrace.store.DueSchedules;
import dev.millrace.store.NewJob;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.Stepped;
import dev.millrace.store.Tick;
import dev.millrace.store.TickRow;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Schedules and their ticks, in the plainest way. */
final class MemorySchedules implements ScheduleStore {
    private final MemoryState state;
    private final Consumer<List<NewJob>> enqueue;

    /**
     * @param enqueue accepts jobs; called while the state is locked
     */
    MemorySchedules(MemoryState state, Consumer<List<NewJob>> enqueue) {
        this.state = state;
        this.enqueue = enqueue;
    }

    @Override
    public List<Boolean> put(List<SchedulePut> puts) {
        few("schedules are stored", puts.size());
        var answers = new ArrayList<Boolean>();
        synchronized (state) {
            puts.forEach(put -> answers.add(put(put)));
        }
        state.announce();
        return answers;
    }

    private boolean put(SchedulePut put) {
        ScheduleRow stands = state.schedules.get(put.name());
        if ((stands == null ? 0 : stands.state().revision()) != put.state().revision()) {
            return false;
        }
        long id = stands == null ? ++state.lastSchedule : stands.id();
        Instant created = stands == null ? put.at() : stands.createdAt();
        state.schedules.put(
                put.name(),
                new ScheduleRow(
                        id, put.name(), put.terms(), created, put.at(), after(put.state())));
        return true;
    }

    private static ScheduleState after(ScheduleState from) {
        return new ScheduleState(
                from.revision() + 1,
                from.paused(),
                from.dueAt(),
                from.nextAt(),
                from.awaited(),
                from.queuedAt(),
                from.lastAt(),
                from.lastJob());
    }

    private void change(ScheduleRow row, ScheduleState to) {
        state.schedules.put(
                row.name(),
                new ScheduleRow(
                        row.id(), row.name(), row.terms(), row.createdAt(), row.changedAt(), to));
    }

    @Override
    public Optional<ScheduleRow> find(String name) {
        synchronized (state) {
            return Optional.ofNullable(state.schedules.get(name));
        }
    }

    @Override
    public List<ScheduleRow> list(String prefix, @Nullable String after, int limit) {
        few("schedules are listed", limit);
        synchronized (state) {
            return state.schedules.values().stream()
                    .filter(row -> row.name().startsWith(prefix))
                    .filter(row -> after == null || row.name().compareTo(after) > 0)
                    .limit(limit)
                    .toList();
        }
    }

    @Override
    public boolean remove(String name) {
        synchronized (state) {
            return state.schedules.remove(name) != null;
        }
    }

    @Override
    public DueSchedules due(Instant now, int max) {
        few("schedules are looked at", max);
        synchronized (state) {
            var due =
                    dated().filter(row -> !dueAt(row).isAfter(now))
                            .sorted(
                                    Comparator.comparing(MemorySchedules::dueAt)
                                            .thenComparingLong(ScheduleRow::id))
                            .limit(max)
                            .toList();
            var next =
                    dated().map(MemorySchedules::dueAt)
                            .filter(at -> at.isAfter(now))
                            .min(Comparator.naturalOrder());
            return new DueSchedules(due, next.orElse(null));
        }
    }

    private Stream<ScheduleRow> dated() {
        return state.schedules.values().stream()
                .filter(row -> !row.state().paused() && row.state().dueAt() != null);
    }

    private static Instant dueAt(ScheduleRow row) {
        return Objects.requireNonNull(row.state().dueAt());
    }

    @Override
    public List<Stepped> step(List<ScheduleStep> steps) {
        few("schedules step", steps.size());
        List<Stepped> answers;
        synchronized (state) {
            answers = steps.stream().map(this::step).toList();
        }
        state.announce();
        return answers;
    }

    private Stepped step(ScheduleStep step) {
        var row =
                state.schedules.values().stream()
                        .filter(each -> each.id() == step.scheduleId())
                        .filter(each -> each.state().revision() == step.state().revision())
                        .findFirst();
        if (row.isEmpty()) {
            return Stepped.NOT;
        }
        change(row.get(), after(step.state()));
        var ticks = state.ticks.computeIfAbsent(step.scheduleId(), id -> new TreeMap<>());
        var jobs = new ArrayList<NewJob>();
        for (Tick tick : step.ticks()) {
            NewJob job = tick.job();
            var made = new TickRow(tick.at(), job == null ? null : job.id(), tick.triggered());
            if (ticks.putIfAbsent(tick.at(), made) == null && job != null) {
                jobs.add(job);
            }
        }
        enqueue.accept(jobs);
        return new Stepped(true, jobs.stream().map(NewJob::id).toList());
    }

    @Override
    public int ended(Collection<Long> jobIds, Instant now) {
        few("jobs have ended", jobIds.size());
        int found = 0;
        synchronized (state) {
            for (ScheduleRow row : List.copyOf(state.schedules.values())) {
                Long awaited = row.state().awaited();
                Instant dueAt = row.state().dueAt();
                if (awaited != null
                        && jobIds.contains(awaited)
                        && dueAt != null
                        && dueAt.isAfter(now)) {
                    change(row, row.state().due(now));
                    found++;
                }
            }
        }
        if (found > 0) {
            state.announce();
        }
        return found;
    }

    @Override
    public Set<Long> kept(Collection<Long> jobIds) {
        few("jobs are looked for", jobIds.size());
        synchronized (state) {
            return jobIds.stream().filter(state.bodies::containsKey).collect(Collectors.toSet());
        }
    }

    @Override
    public List<TickRow> ticks(long scheduleId, @Nullable Instant before, int limit) {
        few("ticks are listed", limit);
        synchronized (state) {
            var ticks = state.ticks.getOrDefault(scheduleId, new TreeMap<>()).descendingMap();
            return ticks.values().stream()
                    .filter(tick -> before == null || tick.at().isBefore(before))
                    .limit(limit)
                    .toList();
        }
    }

    @Override
    public int prune(Instant before, int max) {
        few("rows are pruned", max);
        int gone = 0;
        synchronized (state) {
            for (var ticks : state.ticks.values()) {
                while (gone < max && !ticks.isEmpty() && ticks.firstKey().isBefore(before)) {
                    ticks.pollFirstEntry();
                    gone++;
                }
            }
            var over =
                    state.schedules.values().stream()
                            .filter(row -> isOver(row, before))
                            .limit(max)
                            .toList();
            over.forEach(row -> state.schedules.remove(row.name()));
            return gone + over.size();
        }
    }

    private static boolean isOver(ScheduleRow row, Instant before) {
        Instant last = row.state().lastAt();
        return row.state().dueAt() == null
                && !row.state().paused()
                && !row.terms().declared()
                && row.changedAt().isBefore(before)
                && (last == null || last.isBefore(before));
    }

    private static void few(String what, int count) {
        if (count > MOST) {
            throw MillraceException.invalid(
                    "%s at most %d at once, got %d; nothing was done".formatted(what, MOST, count));
        }
    }
}
