package dev.millrace.sqlite;

import dev.millrace.job.KindVersion;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Takes available jobs. What is taken is, in each lane, all rows up to one (rank, position): so two
 * statements a lane move any number of jobs.
 *
 * @param request what is wanted
 */
record Claim(ClaimRequest request) implements Operation<@Nullable List<ClaimedJob>> {
    private static final String RUN =
            """
            INSERT INTO running
              (worker_id, job_id, claim_id, lane, rank, attempt, rescues, claimed_at)
            SELECT ?3, job_id, ?4, lane, rank, attempt, rescues, ?5 FROM available
            WHERE lane = ?1 AND (rank, pos) <= (?2, ?6)\
            """;
    private static final String TAKE =
            "DELETE FROM available WHERE lane = ?1 AND (rank, pos) <= (?2, ?3)";

    /** The jobs taken; {@code null} when the worker is not registered or was declared dead. */
    @Override
    public @Nullable List<ClaimedJob> run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        if (!WorkerRows.isAlive(session, request.workerId())) {
            return null;
        }
        var lanes =
                session.lanes()
                        .matching(lane ->
                                lane.queue().equals(request.queue())
                                        && request.kinds()
                                                .contains(
                                                        new KindVersion(
                                                                lane.kind(), lane.version())));
        var jobs = new ArrayList<ClaimedJob>();
        var touched = new LinkedHashSet<Lane>();
        int rank = -1;
        long pos = -1;
        try (var heads = LaneMerge.of(session, lanes, -1, -1, request.max())) {
            for (var head = heads.next();
                    head != null && jobs.size() < request.max();
                    head = heads.next()) {
                var job = read(head);
                if (job.runsAlone() && !jobs.isEmpty()) {
                    break;
                }
                jobs.add(job);
                touched.add(head.lane());
                rank = head.rank();
                pos = head.pos();
                if (job.runsAlone()) {
                    break;
                }
            }
        }
        move(session, touched, rank, pos);
        return jobs;
    }

    private void move(Session session, Set<Lane> lanes, int rank, long pos) throws SQLException {
        for (var lane : lanes) {
            session.update(
                    RUN,
                    lane.id(),
                    rank,
                    request.workerId(),
                    request.claimId(),
                    Moments.micros(request.now()),
                    pos);
            session.update(TAKE, lane.id(), rank, pos);
        }
    }

    private ClaimedJob read(LaneMerge.Head head) throws SQLException {
        var row = head.row();
        return new ClaimedJob(
                row.getLong(3),
                request.claimId(),
                head.lane().queue(),
                head.lane().kind(),
                head.lane().version(),
                9 - head.rank(),
                row.getString(6),
                row.getInt(4),
                row.getInt(5),
                row.getInt(7),
                Texts.retry(row.getString(8)),
                Texts.tags(row.getString(9)),
                Moments.instant(row.getLong(10)));
    }
}
