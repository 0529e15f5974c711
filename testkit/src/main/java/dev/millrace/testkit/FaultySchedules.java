package dev.millrace.testkit;

import dev.millrace.store.DueSchedules;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.Stepped;
import dev.millrace.store.TickRow;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Schedules whose calls and answers are lost as {@link FaultyStore} loses them. */
record FaultySchedules(FaultyStore faulty, ScheduleStore schedules) implements ScheduleStore {
    @Override
    public List<Boolean> put(List<SchedulePut> puts) {
        return faulty.call("put", () -> schedules.put(puts));
    }

    @Override
    public Optional<ScheduleRow> find(String name) {
        return faulty.call("find", () -> schedules.find(name));
    }

    @Override
    public List<ScheduleRow> list(String prefix, @Nullable String after, int limit) {
        return faulty.call("list", () -> schedules.list(prefix, after, limit));
    }

    @Override
    public boolean remove(String name) {
        return faulty.call("remove", () -> schedules.remove(name));
    }

    @Override
    public DueSchedules due(Instant now, int max) {
        return faulty.call("due", () -> schedules.due(now, max));
    }

    @Override
    public List<Stepped> step(List<ScheduleStep> steps) {
        return faulty.call("step", () -> schedules.step(steps));
    }

    @Override
    public int ended(Collection<Long> jobIds, Instant now) {
        return faulty.call("ended", () -> schedules.ended(jobIds, now));
    }

    @Override
    public Set<Long> kept(Collection<Long> jobIds) {
        return faulty.call("kept", () -> schedules.kept(jobIds));
    }

    @Override
    public List<TickRow> ticks(long scheduleId, @Nullable Instant before, int limit) {
        return faulty.call("ticks", () -> schedules.ticks(scheduleId, before, limit));
    }

    @Override
    public int prune(Instant before, int max) {
        return faulty.call("prune", () -> schedules.prune(before, max));
    }
}
