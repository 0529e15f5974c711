package dev.millrace.postgres;

import dev.millrace.store.ClaimedJob;
import dev.millrace.store.HeldJob;
import dev.millrace.store.JobClaim;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Jobs that a worker holds, as they were claimed. */
final class Held {
    private static final Logger LOG = LoggerFactory.getLogger(Held.class);

    private final Sql sql;
    private final Lanes lanes;
    private final String find;

    Held(Sql sql, Lanes lanes) {
        this.sql = sql;
        this.lanes = lanes;
        this.find =
                sql.text(
                        """
                        select j.id, r.claim_id, r.claimed_at, r.attempt, r.rescues, j.lane,
                            j.priority, j.max_attempts, j.created_at, j.retry, j.tags, j.terms,
                            case when ?::boolean then j.payload else '' end as payload
                        from unnest(?::bigint[], ?::bigint[]) as i(job_id, claim_id), lateral (
                            select * from {schema}.running as h
                            where h.worker_id = ? and h.job_id = i.job_id
                                and h.claim_id = i.claim_id limit 1) as r, lateral (
                            select * from {schema}.job where id = i.job_id limit 1) as j
                        """);
    }

    List<HeldJob> jobs(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        return sql.run(
                "look at jobs held by worker %d".formatted(workerId),
                connection -> {
                    var found = new ArrayList<HeldJob>();
                    try (var statement = Sql.prepare(connection, find)) {
                        statement.setBoolean(1, withPayload);
                        statement.setObject(
                                2, claims.stream().mapToLong(JobClaim::jobId).toArray());
                        statement.setObject(
                                3, claims.stream().mapToLong(JobClaim::claimId).toArray());
                        statement.setLong(4, workerId);
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                add(found, rows);
                            }
                        }
                    }
                    return found;
                });
    }

    private void add(List<HeldJob> found, ResultSet row) throws SQLException {
        long id = row.getLong("id");
        try {
            Lanes.Lane lane = lanes.lane(row.getInt("lane"));
            int maxAttempts = row.getInt("max_attempts");
            found.add(
                    new HeldJob(
                            new ClaimedJob(
                                    id,
                                    row.getLong("claim_id"),
                                    lane.queue(),
                                    lane.kind(),
                                    lane.version(),
                                    row.getInt("priority"),
                                    row.getString("payload"),
                                    row.getInt("attempt"),
                                    row.getInt("rescues"),
                                    maxAttempts,
                                    RetryText.read(row.getString("retry"), maxAttempts),
                                    Texts.checkedTags(row.getString("tags")),
                                    Sql.instant(row, "created_at"),
                                    Texts.terms(row.getString("terms"))),
                            Sql.instant(row, "claimed_at")));
        } catch (UnreadableException e) {
            LOG.atWarn().addKeyValue("job", id).setCause(e).log("a damaged job");
        }
    }
}
