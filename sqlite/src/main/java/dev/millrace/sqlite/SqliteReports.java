package dev.millrace.sqlite;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.Names;
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
import java.util.TreeMap;

/** What running jobs leave behind, in the store's own file. Thread-safe. */
final class SqliteReports implements ReportStore {
    private static final String HOLDS =
            "SELECT 1 FROM running WHERE worker_id = ? AND job_id = ? AND claim_id = ?";

    private final SqliteWriter writer;
    private final SqliteReaders readers;

    SqliteReports(SqliteWriter writer, SqliteReaders readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public List<Recorded> report(List<Report> reports) {
        requireFew("reports are written", reports);
        return reports.isEmpty()
                ? List.of()
                : writer.run("report", new WriteReports(List.copyOf(reports)));
    }

    private static void requireFew(String what, Collection<?> asked) {
        if (asked.size() > MAX_REPORTS) {
            throw MillraceException.invalid(
                    "at most %d %s at once, got %d; nothing was done"
                            .formatted(MAX_REPORTS, what, asked.size()));
        }
    }

    @Override
    public void report(Connection connection, Report report) {
        throw unsupported();
    }

    @Override
    public Optional<Checkpoint> checkpoint(Connection connection, long jobId) {
        throw unsupported();
    }

    @Override
    public void complete(Connection connection, Ending ending) {
        throw unsupported();
    }

    private static MillraceException unsupported() {
        return new MillraceException(
                Code.NOT_SUPPORTED,
                "a store on SQLite takes no part in a caller's own transaction: use a store on"
                        + " PostgreSQL; nothing was written");
    }

    @Override
    public boolean holds(long workerId, JobClaim claim) {
        return readers.look(
                "holds",
                session ->
                        WorkerRows.isAlive(session, workerId)
                                && session.number(
                                                0, HOLDS, workerId, claim.jobId(), claim.claimId())
                                        == 1);
    }

    @Override
    public Carried carried(long jobId) {
        return readers.look("carried", session -> ReportRows.carried(session, jobId));
    }

    @Override
    public Optional<JobState.Name> signal(long jobId, String name, String payload, Instant now) {
        if (name.isEmpty() || name.length() > Names.MAX_LENGTH) {
            throw MillraceException.invalid(
                    "a signal's name must have 1 to %d characters, got %d; nothing was sent"
                            .formatted(Names.MAX_LENGTH, name.length()));
        }
        var answer = writer.run("signal", new SendSignal(jobId, name, payload, now));
        if (answer.atLimit()) {
            throw MillraceException.invalid(
                    "a job may be sent at most %d signals, job %d was; nothing was sent"
                            .formatted(Carried.MAX_SIGNALS, jobId));
        }
        return Optional.ofNullable(answer.found());
    }

    @Override
    public Optional<JobState.Name> askStack(long jobId, Instant now) {
        return writer.run(
                "asking for a stack",
                transaction -> StackRequests.ask(transaction.session(), jobId, now));
    }

    @Override
    public JobReport look(long jobId) {
        return readers.look("report", session -> ReportRows.look(session, jobId));
    }

    @Override
    public Map<Long, JobReport> look(Collection<Long> jobIds) {
        requireFew("jobs are asked for their reports", jobIds);
        var asked = List.copyOf(jobIds);
        return readers.look(
                "reports",
                session -> {
                    var found = new TreeMap<Long, JobReport>();
                    for (long id : asked) {
                        var report = ReportRows.look(session, id);
                        if (!report.equals(JobReport.NONE)) {
                            found.put(id, report);
                        }
                    }
                    return found;
                });
    }

    @Override
    public Map<Long, Long> lastChunks(Collection<Long> jobIds) {
        requireFew("jobs are asked for their logs", jobIds);
        var asked = List.copyOf(jobIds);
        return readers.look("last chunks", session -> ReportRows.lastChunks(session, asked));
    }

    @Override
    public Map<Long, Progress> progress(Collection<Long> jobIds) {
        requireFew("jobs are asked for their progress", jobIds);
        var asked = List.copyOf(jobIds);
        return asked.isEmpty()
                ? Map.of()
                : readers.look("progress", session -> ReportRows.progress(session, asked));
    }
}
