package dev.millrace.postgres;

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

import org.postgresql.PGConnection;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What running jobs leave behind, in the store's own schema. Thread-safe. */
final class PostgresReports implements ReportStore {
    private final Reports reports;
    private final ReportLooks looks;
    private final JobSignals signals;
    private final Completions completions;
    private final Wakeups wakeups;

    PostgresReports(Sql sql, JobSignals signals, Completions completions, Wakeups wakeups) {
        this.reports = new Reports(sql);
        this.looks = new ReportLooks(sql);
        this.signals = signals;
        this.completions = completions;
        this.wakeups = wakeups;
    }

    @Override
    public List<Recorded> report(List<Report> written) {
        requireFew("reports are written", written);
        return reports.report(written);
    }

    private static void requireFew(String what, Collection<?> asked) {
        if (asked.size() > MAX_REPORTS) {
            throw MillraceException.invalid(
                    "at most %d %s at once, got %d; nothing was done"
                            .formatted(MAX_REPORTS, what, asked.size()));
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>It waits for a report of the same job that is under way.
     */
    @Override
    public void report(Connection connection, Report report) {
        inCallers(
                connection,
                "report of job " + report.jobId(),
                () -> reports.isWritten(connection, report));
    }

    @Override
    public Optional<Checkpoint> checkpoint(Connection connection, long jobId) {
        try {
            // first, so that what is seen is not outrun before the transaction has ended
            reports.hold(connection, jobId);
            return looks.checkpoint(connection, jobId);
        } catch (SQLException e) {
            throw Failures.of("look at the checkpoint of job " + jobId, e);
        }
    }

    @Override
    public void complete(Connection connection, Ending ending) {
        if (!(ending.next() instanceof Ending.Next.Finished)) {
            throw MillraceException.invalid(
                    "job %d must be finished to be completed in a transaction, got %s; nothing was"
                                    .formatted(ending.jobId(), ending.next())
                            + " written");
        }
        inCallers(
                connection,
                "completion of job " + ending.jobId(),
                () -> {
                    reports.hold(connection, ending.jobId());
                    return completions.isWritten(connection, ending);
                });
    }

    /** Writes something for a claim; answers whether it is held. */
    private interface Write {
        boolean onHeld() throws SQLException;
    }

    private static void inCallers(Connection connection, String what, Write write) {
        try {
            if (!connection.isWrapperFor(PGConnection.class)) {
                throw MillraceException.invalid(
                        "the connection must come from PostgreSQL's own driver, got %s; nothing was"
                                        .formatted(connection.getClass().getName())
                                + " written");
            }
            if (connection.getAutoCommit()) {
                throw MillraceException.invalid(
                        "the connection must be in a transaction, got one in auto-commit mode; call"
                                + " setAutoCommit(false) first; nothing was written");
            }
            if (!write.onHeld()) {
                throw new MillraceException(
                        Code.LEASE_LOST,
                        "the %s must be made under a claim that is held, and this one is no longer:"
                                        .formatted(what)
                                + " another worker has the job, or it has ended; roll the"
                                + " transaction back");
            }
        } catch (SQLException e) {
            throw Failures.of(what, e);
        }
    }

    @Override
    public boolean holds(long workerId, JobClaim claim) {
        return looks.holds(workerId, claim);
    }

    @Override
    public Map<Long, Long> lastChunks(Collection<Long> jobIds) {
        requireFew("jobs are asked for their logs", jobIds);
        return looks.lastChunks(jobIds);
    }

    @Override
    public Carried carried(long jobId) {
        return looks.carried(jobId);
    }

    @Override
    public Optional<JobState.Name> signal(long jobId, String name, String payload, Instant now) {
        var sent = signals.send(jobId, name, payload, now);
        if (sent.moved()) {
            wakeups.announce();
        }
        return Optional.ofNullable(sent.found());
    }

    @Override
    public Optional<JobState.Name> askStack(long jobId, Instant now) {
        return signals.askStack(jobId, now);
    }

    @Override
    public JobReport look(long jobId) {
        return looks.look(jobId);
    }

    @Override
    public Map<Long, JobReport> look(Collection<Long> jobIds) {
        requireFew("jobs are asked for their reports", jobIds);
        return looks.look(jobIds);
    }

    @Override
    public Map<Long, Progress> progress(Collection<Long> jobIds) {
        requireFew("jobs are asked for their progress", jobIds);
        return looks.progress(jobIds);
    }
}
