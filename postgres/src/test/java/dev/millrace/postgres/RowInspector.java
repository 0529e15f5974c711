package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.testkit.HistoryRow;
import dev.millrace.testkit.Inspector;
import dev.millrace.testkit.KeyRow;
import dev.millrace.testkit.Position;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the rows of one schema with plain SQL. */
record RowInspector(StoreUrl url) implements Inspector {
    private interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> all(String sql, Reader<T> reader) {
        try (var connection = url.source().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(url.schema().in(sql))) {
            var all = new ArrayList<T>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public List<Position> positions() {
        return all(
                """
                select job_id, 'SCHEDULED', attempt, 0, 0 from {schema}.scheduled
                union all select job_id, 'AVAILABLE', attempt, 0, 0 from {schema}.available
                union all select job_id, 'RUNNING', attempt, worker_id, claim_id
                from {schema}.running
                union all select job_id, 'DISCARDED', attempt, 0, 0 from {schema}.discarded
                """,
                row ->
                        new Position(
                                row.getLong(1),
                                JobState.Name.valueOf(row.getString(2)),
                                row.getInt(3),
                                row.getLong(4),
                                row.getLong(5)));
    }

    @Override
    public List<HistoryRow> history() {
        return all(
                "select * from {schema}.history order by ended_at",
                row ->
                        new HistoryRow(
                                row.getLong("job_id"),
                                row.getInt("attempt"),
                                row.getLong("claim_id"),
                                Attempt.End.of(row.getInt("outcome")),
                                row.getLong("worker_id"),
                                Sql.instant(row, "started_at"),
                                Sql.instant(row, "ended_at")));
    }

    @Override
    public Set<Long> bodies() {
        return new HashSet<>(all("select id from {schema}.job", row -> row.getLong(1)));
    }

    @Override
    public Set<Long> leftovers() {
        return new HashSet<>(
                all(
                        """
                        select job_id from {schema}.attempt_state
                        union select job_id from {schema}.job_log
                        union select job_id from {schema}.job_step
                        union select job_id from {schema}.job_signal
                        union select job_id from {schema}.signal_wait
                        union select job_id from {schema}.stack_request
                        """,
                        row -> row.getLong(1)));
    }

    @Override
    public Set<Long> workers() {
        return new HashSet<>(all("select id from {schema}.worker", row -> row.getLong(1)));
    }

    /** Without rows left over from jobs whose life has ended: those hold nothing. */
    @Override
    public List<KeyRow> keys() {
        return all(
                """
                select scope, key, job_id, until from {schema}.key_hold as k
                where until is not null
                    or exists (select from {schema}.scheduled as p where p.job_id = k.job_id)
                    or exists (select from {schema}.available as p where p.job_id = k.job_id)
                    or exists (select from {schema}.running as p where p.job_id = k.job_id)
                """,
                row -> {
                    var until = row.getObject("until", OffsetDateTime.class);
                    return new KeyRow(
                            row.getInt("scope"),
                            row.getString("key"),
                            row.getLong("job_id"),
                            until == null ? null : until.toInstant());
                });
    }
}
