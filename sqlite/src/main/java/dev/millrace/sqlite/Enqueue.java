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
    private static final int COLUMNS = 10;
    private static final int PLAIN_COLUMNS = 7;
    private static final int AVAILABLE_COLUMNS = 4;
    private static final String INTO_PLAIN =
            " INTO job (id, lane, rank, max_attempts, pos, created_at, payload";
    private static final String INTO = INTO_PLAIN + ", retry, tags, terms) VALUES";
    private static final String PLAIN_ROW = "(?, ?, ?, ?, ?, ?, ?)";
    private static final String ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String ONE = "INSERT" + INTO + " " + ROW;
    private static final String ONE_IF_NEW = "INSERT OR IGNORE" + INTO + " " + ROW;
    private static final ManyRows BODIES = new ManyRows("INSERT" + INTO, i -> ROW, "");
    private static final ManyRows PLAIN_BODIES =
            new ManyRows("INSERT" + INTO_PLAIN + ") VALUES", i -> PLAIN_ROW, "");
    private static final ManyRows AVAILABLE =
            new ManyRows(
                    "INSERT INTO available (lane, rank, pos, job_id, attempt, rescues, again)"
                            + " VALUES",
                    i -> "(?, ?, ?, ?, 1, 0, 0)",
                    "");
    private static final String EXPIRY =
            "INSERT OR IGNORE INTO expiry (expires_at, job_id) VALUES (?, ?)";

    @Override
    public @Nullable Void run(Transaction transaction) throws SQLException {
        if (resend || jobs.stream().anyMatch(NewJob::isDelayed)) {
            for (var job : jobs) {
                one(transaction, job);
            }
        } else {
            int rows;
            for (int done = 0; done < jobs.size(); done += rows) {
                rows = ManyRows.upTo(jobs.size() - done);
                many(transaction, jobs.subList(done, done + rows));
            }
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
        boolean plain = chunk.stream().allMatch(Enqueue::isPlain);
        var bodies = session.prepare((plain ? PLAIN_BODIES : BODIES).text(chunk.size()));
        var available = session.prepare(AVAILABLE.text(chunk.size()));
        long first = transaction.take(Counter.POSITION, chunk.size());
        for (int i = 0; i < chunk.size(); i++) {
            var job = chunk.get(i);
            var entry = entry(session, job);
            if (plain) {
                bindPlain(bodies, i * PLAIN_COLUMNS, job, entry, first + i);
            } else {
                bind(bodies, i * COLUMNS, job, entry, first + i);
            }
            int base = i * AVAILABLE_COLUMNS;
            available.setInt(base + 1, entry.lane());
            available.setInt(base + 2, entry.rank());
            available.setLong(base + 3, first + i);
            available.setLong(base + 4, entry.jobId());
        }
        bodies.executeUpdate();
        available.executeUpdate();
    }

    private static boolean isPlain(NewJob job) {
        return job.retry() == null && job.tags().isEmpty() && job.terms().isNone();
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
        int gate = job.terms().keys().isEmpty() ? Lane.OPEN : Lane.GATE;
        int lane = session.lanes().forEnqueue(job.queue(), job.kind(), job.version(), gate);
        return new Entry(job.id(), lane, 9 - job.priority(), 1, 0);
    }

    private static void bind(PreparedStatement body, int base, NewJob job, Entry entry, long pos)
            throws SQLException {
        bindPlain(body, base, job, entry, pos);
        body.setString(base + 8, Texts.retry(job.retry()));
        body.setString(base + 9, Texts.tags(job.tags()));
        body.setString(base + 10, Texts.terms(job.terms()));
    }

    private static void bindPlain(
            PreparedStatement body, int base, NewJob job, Entry entry, long pos)
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
    }
}
