package dev.millrace.postgres;

import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Discarded jobs with why. */
final class Aside {
    private final Sql sql;
    private final Lanes lanes;
    private final String newest;

    Aside(Sql sql, Lanes lanes) {
        this.sql = sql;
        this.lanes = lanes;
        this.newest =
                sql.text(
                        """
                        select d.job_id, d.discarded_at, d.lane, h.type, h.message
                        from (
                            select x.* from unnest(?::int[]) as l(lane), lateral (
                                select a.job_id, a.discarded_at, a.lane
                                from {schema}.discarded as a where a.lane = l.lane
                                order by a.lane desc, a.job_id desc limit ?) as x
                            order by x.job_id desc limit ?) as d
                        left join lateral (
                            select detail[2] as type, detail[3] as message
                            from {schema}.history where job_id = d.job_id
                            order by ended_at desc limit 1) as h on true
                        order by d.job_id desc
                        """);
    }

    List<DiscardedJob> newest(JobFilter filter, int max) {
        lanes.reload();
        List<Integer> of = lanes.matching(filter);
        return sql.run(
                "list discarded jobs",
                connection -> {
                    var found = new ArrayList<DiscardedJob>();
                    try (var statement = Sql.prepare(connection, newest)) {
                        statement.setObject(1, Jobs.ints(of));
                        statement.setInt(2, max);
                        statement.setInt(3, max);
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                var lane = lanes.lane(rows.getInt("lane"));
                                found.add(
                                        new DiscardedJob(
                                                rows.getLong("job_id"),
                                                lane.queue(),
                                                lane.kind(),
                                                Sql.instant(rows, "discarded_at"),
                                                Objects.requireNonNullElse(
                                                        rows.getString("type"),
                                                        DiscardedJob.UNKNOWN),
                                                Objects.requireNonNullElse(
                                                        rows.getString("message"), "")));
                            }
                        }
                    }
                    return found;
                });
    }
}
