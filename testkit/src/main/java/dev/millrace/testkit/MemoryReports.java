package dev.millrace.testkit;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.Progress;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Taken;

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What running jobs leave behind in a {@link MemoryState}. */
class MemoryReports implements ReportStore {
    private static final int STEPS_SHOWN = 1_000;
    private static final int LONGEST_NAME = 200;

    final MemoryState state;
    private final MemoryLists lists;

    MemoryReports(MemoryState state) {
        this.state = state;
        this.lists = new MemoryLists(state);
    }

    static MillraceException lost(long jobId) {
        return new MillraceException(
                Code.LEASE_LOST,
                "job %d is no longer held in this claim; nothing was done".formatted(jobId));
    }

    @Override
    public List<Recorded> report(List<Report> reports) {
        checkCount(reports.size());
        synchronized (state) {
            return reports.stream().map(this::write).toList();
        }
    }

    private Recorded write(Report report) {
        var row = state.held(report.jobId(), report.claimId());
        if (row == null) {
            return Recorded.LOST;
        }
        if (state.notesOf(report.jobId()).moves(report)) {
            state.lift(row);
            state.place(row.withoutRescues());
        }
        state.notes.put(report.jobId(), state.notesOf(report.jobId()).with(report));
        return Recorded.RECORDED;
    }

    @Override
    public void report(Connection connection, Report report) {
        throw notSupported();
    }

    @Override
    public Optional<Checkpoint> checkpoint(Connection connection, long jobId) {
        throw notSupported();
    }

    @Override
    public void complete(Connection connection, Ending ending) {
        throw notSupported();
    }

    private static MillraceException notSupported() {
        return new MillraceException(
                Code.NOT_SUPPORTED, "a store in memory takes no part in SQL transactions");
    }

    @Override
    public boolean holds(long workerId, JobClaim claim) {
        synchronized (state) {
            var row = state.held(claim.jobId(), claim.claimId());
            return row != null && row.workerId() == workerId;
        }
    }

    @Override
    public Map<Long, Long> lastChunks(Collection<Long> jobIds) {
        checkCount(jobIds.size());
        var found = new TreeMap<Long, Long>();
        synchronized (state) {
            for (long id : jobIds) {
                var log = state.notesOf(id).log();
                if (!log.isEmpty()) {
                    found.put(id, log.getLast().number());
                }
            }
        }
        return found;
    }

    @Override
    public Carried carried(long jobId) {
        synchronized (state) {
            return state.notesOf(jobId).carried();
        }
    }

    @Override
    public Optional<JobState.Name> signal(long jobId, String name, String payload, Instant now) {
        if (name.isEmpty() || name.length() > LONGEST_NAME) {
            throw MillraceException.invalid(
                    "a signal's name must have 1 to %d characters, got %d; nothing was sent"
                            .formatted(LONGEST_NAME, name.length()));
        }
        Optional<JobState.Name> found;
        synchronized (state) {
            found = nameOf(jobId);
            if (found.isPresent() && !lists.stateOf(jobId).isEnded()) {
                keep(jobId, new Carried.Signal(name, payload));
                wake(jobId, name);
            }
        }
        state.announce();
        return found;
    }

    /** Adds a signal to those that the job was sent. */
    void keep(long jobId, Carried.Signal signal) {
        var notes = state.notesOf(jobId);
        if (notes.signals().size() >= Carried.MAX_SIGNALS) {
            throw MillraceException.invalid(
                    "a job may be sent at most %d signals, got one more for job %d; it was not kept"
                            .formatted(Carried.MAX_SIGNALS, jobId));
        }
        state.notes.put(jobId, notes.with(signal));
    }

    /** Makes a job available that waits for this signal. */
    void wake(long jobId, String signal) {
        if (state.spots.get(jobId) instanceof Due row && signal.equals(row.signal())) {
            state.lift(row);
            state.makeAvailable(jobId, row.attempt(), row.rescues());
        }
    }

    @Override
    public Optional<JobState.Name> askStack(long jobId, Instant now) {
        synchronized (state) {
            if (state.spots.get(jobId) instanceof Taken) {
                state.notes.put(jobId, state.notesOf(jobId).askedForStack());
            }
            return nameOf(jobId);
        }
    }

    private Optional<JobState.Name> nameOf(long jobId) {
        return state.bodies.containsKey(jobId)
                ? Optional.of(lists.stateOf(jobId).name())
                : Optional.empty();
    }

    @Override
    public JobReport look(long jobId) {
        synchronized (state) {
            var notes = state.notesOf(jobId);
            return new JobReport(
                    notes.progress(),
                    notes.checkpoint(),
                    notes.steps().stream().limit(STEPS_SHOWN).toList(),
                    notes.lines(),
                    notes.stack(),
                    state.spots.get(jobId) instanceof Due row ? row.signal() : null);
        }
    }

    @Override
    public Map<Long, JobReport> look(Collection<Long> jobIds) {
        checkCount(jobIds.size());
        var found = new TreeMap<Long, JobReport>();
        synchronized (state) {
            for (long id : new HashSet<>(jobIds)) {
                var report = look(id);
                if (!report.equals(JobReport.NONE)) {
                    found.put(id, report);
                }
            }
        }
        return found;
    }

    @Override
    public Map<Long, Progress> progress(Collection<Long> jobIds) {
        checkCount(jobIds.size());
        var found = new TreeMap<Long, Progress>();
        synchronized (state) {
            for (long id : new HashSet<>(jobIds)) {
                var progress = state.notesOf(id).progress();
                if (progress != null) {
                    found.put(id, progress);
                }
            }
        }
        return found;
    }

    private static void checkCount(int count) {
        if (count > MAX_REPORTS) {
            throw MillraceException.invalid(
                    "at most %d jobs are reported or asked of at once, got %d; nothing was done"
                            .formatted(MAX_REPORTS, count));
        }
    }
}
