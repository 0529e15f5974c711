package dev.millrace.sqlite;

import dev.millrace.job.ErrorInfo;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Discarded jobs with why. */
final class Aside {
    private static final String NEWEST =
            """
            SELECT job_id, at FROM discarded WHERE lane = ? ORDER BY job_id DESC LIMIT ?\
            """;
    private static final String ERROR =
            "SELECT error FROM history WHERE job_id = ? ORDER BY seq DESC LIMIT 1";

    private record Row(long job, long at, Lane lane) {}

    private Aside() {}

    static List<DiscardedJob> newest(Session session, JobFilter filter, int max)
            throws SQLException {
        var lanes = session.lanes().matching(lane -> filter.passes(lane.queue(), lane.kind()));
        var rows = new ArrayList<Row>();
        for (var lane : lanes) {
            try (var found = session.query(NEWEST, lane.id(), max)) {
                while (found.next()) {
                    rows.add(new Row(found.getLong(1), found.getLong(2), lane));
                }
            }
            // as many are kept as are answered, whatever the number of lanes
            rows.sort(Comparator.comparingLong(Row::job).reversed());
            rows.subList(Math.min(max, rows.size()), rows.size()).clear();
        }
        var jobs = new ArrayList<DiscardedJob>();
        for (var row : rows) {
            var error = error(session, row.job());
            jobs.add(
                    new DiscardedJob(
                            row.job(),
                            row.lane().queue(),
                            row.lane().kind(),
                            Moments.instant(row.at()),
                            error == null ? DiscardedJob.UNKNOWN : error.type(),
                            error == null ? "" : error.message()));
        }
        return jobs;
    }

    /** None where what was kept cannot be read: one damaged row must not hide the others. */
    private static @Nullable ErrorInfo error(Session session, long job) throws SQLException {
        try (var rows = session.query(ERROR, job)) {
            return rows.next() ? Texts.error(rows.getString(1)) : null;
        } catch (UnreadableException e) {
            return ErrorInfo.reason("unreadable", e.getMessage());
        }
    }
}
