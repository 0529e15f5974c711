package dev.millrace.sqlite;

import dev.millrace.store.ClaimedJob;
import dev.millrace.store.HeldJob;
import dev.millrace.store.JobClaim;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Jobs that a worker holds, as they were claimed. */
final class Held {
    private static final Logger LOG = LoggerFactory.getLogger(Held.class);
    private static final String FIND =
            """
            SELECT r.lane, r.rank, r.attempt, r.rescues, r.claimed_at, j.max_attempts, j.created_at,
              j.retry, j.tags, j.terms
            FROM running r JOIN job j ON j.id = r.job_id
            WHERE r.worker_id = ? AND r.job_id = ? AND r.claim_id = ?\
            """;
    private static final String PAYLOAD = "SELECT payload FROM job WHERE id = ?";

    private Held() {}

    static List<HeldJob> jobs(
            Session session, long worker, Collection<JobClaim> claims, boolean withPayload)
            throws SQLException {
        var found = new ArrayList<HeldJob>();
        for (var claim : claims) {
            try {
                var job = job(session, worker, claim, withPayload);
                if (job != null) {
                    found.add(job);
                }
            } catch (UnreadableException e) {
                LOG.atWarn().addKeyValue("job", claim.jobId()).setCause(e).log("a damaged job");
            }
        }
        return found;
    }

    private static @Nullable HeldJob job(
            Session session, long worker, JobClaim claim, boolean withPayload) throws SQLException {
        var payload = withPayload ? payload(session, claim.jobId()) : "";
        try (var rows = session.query(FIND, worker, claim.jobId(), claim.claimId())) {
            if (!rows.next()) {
                return null;
            }
            var lane = session.lanes().get(rows.getInt(1));
            return new HeldJob(
                    new ClaimedJob(
                            claim.jobId(),
                            claim.claimId(),
                            lane.queue(),
                            lane.kind(),
                            lane.version(),
                            9 - rows.getInt(2),
                            payload,
                            rows.getInt(3),
                            rows.getInt(4),
                            rows.getInt(6),
                            Texts.retry(rows.getString(8)),
                            Texts.tags(rows.getString(9)),
                            Moments.instant(rows.getLong(7)),
                            Texts.terms(rows.getString(10))),
                    Moments.instant(rows.getLong(5)));
        }
    }

    private static String payload(Session session, long job) throws SQLException {
        try (var rows = session.query(PAYLOAD, job)) {
            return rows.next() ? rows.getString(1) : "";
        }
    }
}
