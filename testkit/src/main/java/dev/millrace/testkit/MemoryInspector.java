package dev.millrace.testkit;

import dev.millrace.job.JobState;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Spot;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The rows of a {@link MemoryState}. */
final class MemoryInspector implements Inspector {
    private final MemoryState state;

    MemoryInspector(MemoryState state) {
        this.state = state;
    }

    @Override
    public List<Position> positions() {
        synchronized (state) {
            return state.spots.values().stream().map(MemoryInspector::position).toList();
        }
    }

    private static Position position(Spot spot) {
        long id = spot.jobId();
        int attempt = spot.attempt();
        return switch (spot) {
            case Waiting row -> new Position(id, JobState.Name.AVAILABLE, attempt, 0, 0);
            case Due row -> new Position(id, JobState.Name.SCHEDULED, attempt, 0, 0);
            case Taken row ->
                    new Position(id, JobState.Name.RUNNING, attempt, row.workerId(), row.claimId());
            case Aside row -> new Position(id, JobState.Name.DISCARDED, attempt, 0, 0);
        };
    }

    @Override
    public List<HistoryRow> history() {
        synchronized (state) {
            var rows = new ArrayList<HistoryRow>();
            state.history.forEach((id, past) ->
                    past.forEach(p ->
                            rows.add(
                                    new HistoryRow(
                                            id,
                                            p.attempt().number(),
                                            p.claimId(),
                                            p.attempt().end(),
                                            p.attempt().worker(),
                                            p.attempt().startedAt(),
                                            p.attempt().endedAt()))));
            return rows;
        }
    }

    @Override
    public Set<Long> bodies() {
        synchronized (state) {
            return Set.copyOf(state.bodies.keySet());
        }
    }

    @Override
    public Set<Long> workers() {
        synchronized (state) {
            return Set.copyOf(state.workers.keySet());
        }
    }

    @Override
    public Set<Long> leftovers() {
        synchronized (state) {
            return Set.copyOf(state.notes.keySet());
        }
    }

    @Override
    public List<KeyRow> keys() {
        synchronized (state) {
            var rows = new ArrayList<KeyRow>();
            state.keys.forEach((name, held) ->
                    rows.add(
                            new KeyRow(
                                    name.scope().code(), name.key(), held.jobId(), held.until())));
            return rows;
        }
    }
}
