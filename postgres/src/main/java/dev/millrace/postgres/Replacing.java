package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Cancels a waiting job in favour of another that takes its key. */
final class Replacing {
    private final String cancel;
    private final String waits;
    private final String elsewhere;

    Replacing(Sql sql) {
        this.elsewhere =
                sql.text(
                        """
                        select from {schema}.job as j join {schema}.lane as l on l.id = j.lane
                        where j.id = ? and l.queue <> ?
                        """);
        this.cancel =
                sql.text(
                        """
                        with t as materialized (select to_timestamp(?::float8 / 1000000) as at),
                        i as materialized (select ?::bigint as job_id, ?::text as message)
                        """
                                + Waiting.gone("for update")
                                + Waiting.past(Attempt.End.CANCELLED)
                                + "select run_at from ended");
        this.waits =
                sql.text(
                        """
                        select from {schema}.job as j, lateral (
                            select 1 from {schema}.scheduled as s
                            where s.lane = j.lane and s.job_id = j.id
                            union all
                            select 1 from {schema}.available as a
                            where a.lane = j.lane and a.priority = j.priority and a.pos = j.pos
                                and a.job_id = j.id
                            union all
                            select 1 from {schema}.available as a
                            where a.again and a.job_id = j.id
                            limit 1) as x
                        where j.id = ?
                        """);
    }

    /**
     * A waiting job that was cancelled.
     *
     * @param runAt when it was due; {@code null} when it was available
     */
    record Gone(@Nullable Instant runAt) {}

    /** Whether a job is one of another queue: nobody takes its place. */
    boolean isElsewhere(Connection connection, long jobId, NewJob by) throws SQLException {
        try (var statement = Sql.prepare(connection, elsewhere)) {
            statement.setLong(1, jobId);
            statement.setString(2, by.queue());
            try (var row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Cancels a job if it waits; {@code null} when it does not. Waits for others that move it. */
    @Nullable Gone cancel(Connection connection, long jobId, NewJob by) throws SQLException {
        for (int look = 0; look < KeyBook.LOOKS; look++) {
            try (var statement = Sql.prepare(connection, cancel)) {
                statement.setLong(1, Sql.micros(by.createdAt()));
                statement.setLong(2, jobId);
                statement.setString(3, "replaced by job " + by.id());
                try (var row = statement.executeQuery()) {
                    if (row.next()) {
                        return new Gone(Workers.moment(row.getObject(1, OffsetDateTime.class)));
                    }
                }
            }
            // It may have moved from one place to wait to another meanwhile.
            try (var statement = Sql.prepare(connection, waits)) {
                statement.setLong(1, jobId);
                try (var row = statement.executeQuery()) {
                    if (!row.next()) {
                        return null;
                    }
                }
            }
        }
        throw KeyBook.busy(null);
    }

    /** The same job, due at another time. */
    static NewJob dueAt(NewJob job, @Nullable Instant runAt) {
        return new NewJob(
                job.id(),
                job.queue(),
                job.kind(),
                job.version(),
                job.priority(),
                job.payload(),
                job.maxAttempts(),
                job.retry(),
                job.tags(),
                job.createdAt(),
                runAt,
                job.terms(),
                job.holds(),
                job.durability());
    }
}
