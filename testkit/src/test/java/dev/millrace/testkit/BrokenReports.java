package dev.millrace.testkit;

import dev.millrace.job.JobState;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;
import dev.millrace.store.RescueAnswer;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;
import dev.millrace.testkit.model.SlowSignal;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** Stores with one fault each in what running jobs leave behind. */
final class BrokenReports {
    private BrokenReports() {}

    /** Whoever reports of a running job is believed. */
    static class Unfenced extends MemoryStore {
        private final ReportStore reports;

        Unfenced(MemoryState state) {
            super(state);
            reports =
                    new MemoryReports(state) {
                        @Override
                        public List<Recorded> report(List<Report> all) {
                            synchronized (state) {
                                return super.report(all.stream().map(this::forTheOwner).toList());
                            }
                        }

                        private Report forTheOwner(Report r) {
                            return state.spots.get(r.jobId()) instanceof Taken row
                                    ? new Report(
                                            r.jobId(),
                                            row.claimId(),
                                            r.workerId(),
                                            r.progress(),
                                            r.checkpoint(),
                                            r.steps(),
                                            r.log(),
                                            r.stack())
                                    : r;
                        }
                    };
        }

        @Override
        public ReportStore reports() {
            return reports;
        }

        @Override
        public MemoryStore reopen() {
            return new Unfenced(state);
        }

        @Override
        public MemoryStore copy() {
            return new Unfenced(state.copy());
        }
    }

    /** The checkpoint that comes last stays, whatever its number. */
    static class LastCheckpointStays extends MemoryStore {
        private final ReportStore reports;

        LastCheckpointStays(MemoryState state) {
            super(state);
            reports =
                    new MemoryReports(state) {
                        @Override
                        public List<Recorded> report(List<Report> all) {
                            synchronized (state) {
                                all.forEach(LastCheckpointStays.this::forget);
                                return super.report(all);
                            }
                        }
                    };
        }

        private void forget(Report r) {
            if (r.checkpoint() != null && state.held(r.jobId(), r.claimId()) != null) {
                var n = state.notesOf(r.jobId());
                state.notes.put(
                        r.jobId(),
                        new MemoryNotes(
                                n.progress(),
                                null,
                                n.steps(),
                                n.log(),
                                n.stack(),
                                n.stackWanted(),
                                n.signals()));
            }
        }

        @Override
        public ReportStore reports() {
            return reports;
        }

        @Override
        public MemoryStore reopen() {
            return new LastCheckpointStays(state);
        }

        @Override
        public MemoryStore copy() {
            return new LastCheckpointStays(state.copy());
        }
    }

    /** A job that begins to wait does not look for signals that came before. */
    static class ParksBlindly extends MemoryStore {
        ParksBlindly(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ParksBlindly(state);
        }

        @Override
        public MemoryStore copy() {
            return new ParksBlindly(state.copy());
        }

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            synchronized (state) {
                var answers = super.complete(endings);
                for (int i = 0; i < answers.size(); i++) {
                    if (answers.get(i) == Recorded.RECORDED
                            && endings.get(i).next() instanceof Ending.Next.Waiting waits
                            && state.spots.get(endings.get(i).jobId()) instanceof Waiting row) {
                        state.lift(row);
                        state.place(
                                new Due(
                                        waits.until(),
                                        row.jobId(),
                                        row.attempt(),
                                        0,
                                        waits.signal()));
                    }
                }
                return answers;
            }
        }
    }

    /** A cancellation does nothing to a job that runs. */
    static class CancelsNothingThatRuns extends MemoryStore {
        CancelsNothingThatRuns(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new CancelsNothingThatRuns(state);
        }

        @Override
        public MemoryStore copy() {
            return new CancelsNothingThatRuns(state.copy());
        }

        @Override
        public Map<Long, JobState.Name> cancel(
                Collection<Long> jobIds, String reason, Instant now) {
            synchronized (state) {
                var known = new TreeMap<>(state.cancelRequests);
                var found = super.cancel(jobIds, reason, now);
                state.cancelRequests.keySet().retainAll(known.keySet());
                return found;
            }
        }
    }

    /** A rescue takes what the job left along. */
    static class ForgetsWithARescue extends MemoryStore {
        ForgetsWithARescue(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ForgetsWithARescue(state);
        }

        @Override
        public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
            synchronized (state) {
                var held = List.copyOf(state.takenBy(workerId).keySet());
                var answer = super.rescue(workerId, seenBeat, max, now);
                held.stream()
                        .filter(id -> !(state.spots.get(id) instanceof Taken))
                        .forEach(state.notes::remove);
                return answer;
            }
        }
    }

    /** The effect of a handler's transaction stays when its completion is refused. */
    static class EffectOutside extends MemoryStore {
        EffectOutside(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore copy() {
            return new EffectOutside(state.copy());
        }

        @Override
        public void completeWith(Ending ending, Runnable effect) {
            effect.run();
            super.completeWith(ending, () -> {});
        }
    }

    /** Looks whether a job waits, and keeps the signal later; sound if it looks again then. */
    static class LooksBeforeItKeeps extends MemoryStore implements SlowSignal {
        private final boolean again;
        private @Nullable Begun begun;

        private record Begun(long jobId, String name, boolean waits) {}

        LooksBeforeItKeeps(MemoryState state, boolean again) {
            super(state);
            this.again = again;
        }

        @Override
        public MemoryStore copy() {
            var copy = new LooksBeforeItKeeps(state.copy(), again);
            copy.begun = begun;
            return copy;
        }

        @Override
        public void beginSignal(long jobId, String name) {
            boolean waits = state.spots.get(jobId) instanceof Due row && name.equals(row.signal());
            begun = new Begun(jobId, name, waits);
        }

        @Override
        public void commitSignal() {
            var late = begun;
            if (late == null) {
                throw new IllegalStateException("no signal was begun");
            }
            begun = null;
            var reports = new MemoryReports(state);
            if (state.spots.containsKey(late.jobId())) {
                reports.keep(late.jobId(), new Carried.Signal(late.name(), "1"));
            }
            if (late.waits() || again) {
                reports.wake(late.jobId(), late.name());
            }
        }

        @Override
        public boolean isSignalling() {
            return begun != null;
        }

        @Override
        public String outline(LongFunction<Integer> claimNames) {
            return super.outline(claimNames) + (begun == null ? "" : begun.toString());
        }
    }
}
