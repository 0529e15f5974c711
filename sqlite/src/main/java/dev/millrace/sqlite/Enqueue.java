package dev.millrace.sqlite;

import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;

/**
 * Accepts jobs: a body each, and a row where it waits.
 *
 * @param jobs their ids are fresh unless {@code resend}
 * @param resend leave jobs that are there already as they are
 */
record Enqueue(List<NewJob> jobs, boolean resend) implements Operation<@Nullable Void> {
    private static final String BODY =
            """
            INSERT INTO job
              (id, lane, rank, max_attempts, pos, created_at, payload, retry, tags)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)\
            """;
    private static final String BODY_IF_NEW =
            """
            INSERT OR IGNORE INTO job
              (id, lane, rank, max_attempts, pos, created_at, payload, retry, tags)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)\
            """;

    @Override
    public @Nullable Void run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var body = session.prepare(resend ? BODY_IF_NEW : BODY);
        for (var job : jobs) {
            var runAt = job.isDelayed() ? job.runAt() : null;
            long pos = runAt == null ? transaction.take(Counter.POSITION, 1) : 0;
            int lane = session.lanes().forEnqueue(job.queue(), job.kind(), job.version());
            var entry = new Entry(job.id(), lane, 9 - job.priority(), 1, 0);
            bind(body, job, entry, pos);
            if (body.executeUpdate() == 0) {
                continue;
            }
            if (runAt == null) {
                Entries.available(session, entry, pos, false);
            } else {
                Entries.scheduled(session, entry, Moments.micros(runAt), false);
            }
        }
        return null;
    }

    private static void bind(PreparedStatement body, NewJob job, Entry entry, long pos)
            throws SQLException {
        body.setLong(1, entry.jobId());
        body.setInt(2, entry.lane());
        body.setInt(3, entry.rank());
        body.setInt(4, job.maxAttempts());
        if (pos == 0) {
            body.setNull(5, Types.INTEGER);
        } else {
            body.setLong(5, pos);
        }
        body.setLong(6, Moments.micros(job.createdAt()));
        body.setString(7, job.payload());
        body.setString(8, Texts.retry(job.retry()));
        body.setString(9, Texts.tags(job.tags()));
    }
}
