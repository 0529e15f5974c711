package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.testkit.HistoryRow;
import dev.millrace.testkit.Inspector;
import dev.millrace.testkit.KeyRow;
import dev.millrace.testkit.Position;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a file's rows with plain SQL. */
final class SqliteInspector implements Inspector {
    private final Path file;

    SqliteInspector(Path file) {
        this.file = file;
    }

    @Override
    public List<Position> positions() {
        var found = new ArrayList<Position>();
        read(
                "SELECT job_id, attempt, 0, 0, 1 FROM available"
                        + " UNION ALL SELECT job_id, attempt, 0, 0, 0 FROM scheduled"
                        + " UNION ALL SELECT job_id, attempt, worker_id, claim_id, 2 FROM running"
                        + " UNION ALL SELECT job_id, attempt, 0, 0, 3 FROM discarded",
                rows ->
                        found.add(
                                new Position(
                                        rows.getLong(1),
                                        JobState.Name.values()[rows.getInt(5)],
                                        rows.getInt(2),
                                        rows.getLong(3),
                                        rows.getLong(4))));
        return found;
    }

    @Override
    public List<HistoryRow> history() {
        var found = new ArrayList<HistoryRow>();
        read(
                "SELECT job_id, attempt, claim_id, outcome, worker_id, started_at, ended_at"
                        + " FROM history ORDER BY seq",
                rows ->
                        found.add(
                                new HistoryRow(
                                        rows.getLong(1),
                                        rows.getInt(2),
                                        rows.getLong(3),
                                        Attempt.End.of(rows.getInt(4)),
                                        rows.getLong(5),
                                        Moments.instant(rows.getLong(6)),
                                        Moments.instant(rows.getLong(7)))));
        return found;
    }

    @Override
    public Set<Long> bodies() {
        return ids("SELECT id FROM job");
    }

    @Override
    public Set<Long> leftovers() {
        return ids(
                """
                SELECT job_id FROM attempt_state UNION SELECT job_id FROM job_log
                UNION SELECT job_id FROM job_step UNION SELECT job_id FROM job_signal
                UNION SELECT job_id FROM signal_wait UNION SELECT job_id FROM stack_request\
                """);
    }

    @Override
    public Set<Long> workers() {
        return ids("SELECT id FROM worker");
    }

    @Override
    public List<KeyRow> keys() {
        var found = new ArrayList<KeyRow>();
        read(
                "SELECT scope, key, job_id, until IS NULL, until FROM key_hold",
                rows ->
                        found.add(
                                new KeyRow(
                                        rows.getInt(1),
                                        rows.getString(2),
                                        rows.getLong(3),
                                        rows.getBoolean(4)
                                                ? null
                                                : Moments.instant(rows.getLong(5)))));
        return found;
    }

    private Set<Long> ids(String sql) {
        var found = new HashSet<Long>();
        read(sql, rows -> found.add(rows.getLong(1)));
        return found;
    }

    private interface Each {
        void row(ResultSet rows) throws SQLException;
    }

    private void read(String sql, Each each) {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                each.row(rows);
            }
        } catch (SQLException e) {
            throw new AssertionError("cannot inspect " + file, e);
        }
    }
}
