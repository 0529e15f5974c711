package dev.millrace.testkit;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.Progress;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The part of a {@link FaultyStore} by which running jobs report. */
final class FaultyReports implements ReportStore {
    private final FaultyStore faults;
    private final ReportStore reports;

    FaultyReports(FaultyStore faults, ReportStore reports) {
        this.faults = faults;
        this.reports = reports;
    }

    @Override
    public List<Recorded> report(List<Report> batch) {
        return faults.call("report", () -> reports.report(batch));
    }

    @Override
    public void report(Connection connection, Report report) {
        faults.run("report", () -> reports.report(connection, report));
    }

    @Override
    public Optional<Checkpoint> checkpoint(Connection connection, long jobId) {
        return faults.call("checkpoint", () -> reports.checkpoint(connection, jobId));
    }

    @Override
    public void complete(Connection connection, Ending ending) {
        faults.run("complete", () -> reports.complete(connection, ending));
    }

    @Override
    public boolean holds(long workerId, JobClaim claim) {
        return faults.call("holds", () -> reports.holds(workerId, claim));
    }

    @Override
    public Map<Long, Long> lastChunks(Collection<Long> jobIds) {
        return faults.call("lastChunks", () -> reports.lastChunks(jobIds));
    }

    @Override
    public Carried carried(long jobId) {
        return faults.call("carried", () -> reports.carried(jobId));
    }

    @Override
    public Optional<JobState.Name> signal(long jobId, String name, String payload, Instant now) {
        return faults.call("signal", () -> reports.signal(jobId, name, payload, now));
    }

    @Override
    public Optional<JobState.Name> askStack(long jobId, Instant now) {
        return faults.call("askStack", () -> reports.askStack(jobId, now));
    }

    @Override
    public JobReport look(long jobId) {
        return faults.call("look", () -> reports.look(jobId));
    }

    @Override
    public Map<Long, JobReport> look(Collection<Long> jobIds) {
        return faults.call("look", () -> reports.look(jobIds));
    }

    @Override
    public Map<Long, Progress> progress(Collection<Long> jobIds) {
        return faults.call("progress", () -> reports.progress(jobIds));
    }
}
