package dev.millrace.sqlite;

import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;

/**
 * Accepts jobs: a body each, and a row where it waits. Many at once go many to a statement.
 *
 * @param jobs their ids are fresh unless {@code resend}
 * @param resend leave jobs that are there already as they are
 */
record Enqueue(List<NewJob> jobs, boolean resend) implements Operation<@Nullable Void> {
    private static final int CHUNK = 50;
    private static final int COLUMNS = 10;
    private static final String BODY =
            " INTO job (id, lane, rank, max_attempts, pos, created_at, payload, retry, tags,"
                    + " terms) VALUES";
    private static final String ROW = " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String ONE = "INSERT" + BODY + ROW;
    private static final String ONE_IF_NEW = "INSERT OR IGNORE" + BODY + ROW;
    private static final String MANY = ONE + ("," + ROW).repeat(CHUNK - 1);
    private static final String MANY_AVAILABLE =
            "INSERT INTO available (lane, rank, pos, job_id, attempt, rescues, again) VALUES"
                    + " (?, ?, ?, ?, 1, 0, 0)"
                    + ", (?, ?, ?, ?, 1, 0, 0)".repeat(CHUNK - 1);
    private static final String EXPIRY =
            "INSERT OR IGNORE INTO expiry (expires_at, job_id) VALUES (?, ?)";

    @Override
    public @Nullable Void run(Transaction transaction) throws SQLException {
        int done = 0;
        if (!resend && jobs.size() >= CHUNK && jobs.stream().noneMatch(NewJob::isDelayed)) {
            for (; jobs.size() - done >= CHUNK; done += CHUNK) {
                many(transaction, jobs.subList(done, done + CHUNK));
            }
        }
        for (var job : jobs.subList(done, jobs.size())) {
            one(transaction, job);
        }
        for (var job : jobs) {
            var expiresAt = job.terms().expiresAt();
            if (expiresAt != null) {
                transaction.session().update(EXPIRY, Moments.micros(expiresAt), job.id());
            }
        }
        return null;
    }

    private static void many(Transaction transaction, List<NewJob> chunk) throws SQLException {
        var session = transaction.session();
        var bodies = session.prepare(MANY);
        var available = session.prepare(MANY_AVAILABLE);
        long first = transaction.take(Counter.POSITION, chunk.size());
        for (int i = 0; i < chunk.size(); i++) {
            var job = chunk.get(i);
            var entry = entry(session, job);
            bind(bodies, i * COLUMNS, job, entry, first + i);
            available.setInt(i * 4 + 1, entry.lane());
            available.setInt(i * 4 + 2, entry.rank());
            available.setLong(i * 4 + 3, first + i);
            available.setLong(i * 4 + 4, entry.jobId());
        }
        bodies.executeUpdate();
        available.executeUpdate();
    }

    private void one(Transaction transaction, NewJob job) throws SQLException {
        var session = transaction.session();
        var runAt = job.isDelayed() ? job.runAt() : null;
        long pos = runAt == null ? transaction.take(Counter.POSITION, 1) : 0;
        var entry = entry(session, job);
        var body = session.prepare(resend ? ONE_IF_NEW : ONE);
        bind(body, 0, job, entry, pos);
        if (body.executeUpdate() == 1) {
            enter(session, entry, pos, runAt);
        }
    }

    private static void enter(Session session, Entry entry, long pos, @Nullable Instant runAt)
            throws SQLException {
        if (runAt == null) {
            Entries.available(session, entry, pos, false);
        } else {
            Entries.scheduled(session, entry, Moments.micros(runAt), false);
        }
    }

    private static Entry entry(Session session, NewJob job) throws SQLException {
        int lane = session.lanes().forEnqueue(job.queue(), job.kind(), job.version());
        return new Entry(job.id(), lane, 9 - job.priority(), 1, 0);
    }

    private static void bind(PreparedStatement body, int base, NewJob job, Entry entry, long pos)
            throws SQLException {
        body.setLong(base + 1, entry.jobId());
        body.setInt(base + 2, entry.lane());
        body.setInt(base + 3, entry.rank());
        body.setInt(base + 4, job.maxAttempts());
        if (pos == 0) {
            body.setNull(base + 5, Types.INTEGER);
        } else {
            body.setLong(base + 5, pos);
        }
        body.setLong(base + 6, Moments.micros(job.createdAt()));
        body.setString(base + 7, job.payload());
        body.setString(base + 8, Texts.retry(job.retry()));
        body.setString(base + 9, Texts.tags(job.tags()));
        body.setString(base + 10, Texts.terms(job.terms()));
    }
}
