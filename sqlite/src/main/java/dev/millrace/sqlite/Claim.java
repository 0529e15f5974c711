package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.KindVersion;
import dev.millrace.sqlite.Complete.HistoryAppender;
import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;

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
 * @param controls what is set on queues
 */
record Claim(ClaimRequest request, Controls controls)
        implements Operation<@Nullable List<ClaimedJob>> {
    private static final String RUN =
            """
            INSERT INTO running
              (worker_id, job_id, claim_id, lane, rank, attempt, rescues, claimed_at, limited)
            SELECT ?3, job_id, ?4, lane, rank, attempt, rescues, ?5, ?7 FROM available
            WHERE lane = ?1 AND (rank, pos) <= (?2, ?6)\
            """;
    private static final String TAKE =
            "DELETE FROM available WHERE lane = ?1 AND (rank, pos) <= (?2, ?3)";

    private static final String TAKE_ONE =
            "DELETE FROM available WHERE lane = ? AND rank = ? AND pos = ?";

    /** The jobs taken; {@code null} when the worker is not registered or was declared dead. */
    @Override
    public @Nullable List<ClaimedJob> run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        if (!WorkerRows.isAlive(session, request.workerId())) {
            return null;
        }
        var allowed = controls.allowance(session, request.queue(), request.max());
        int most = allowed.most();
        if (most <= 0) {
            return List.of();
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
        var damaged = new ArrayList<Damaged>();
        var touched = new LinkedHashSet<Lane>();
        int rank = -1;
        long pos = -1;
        long bytes = 0;
        try (var heads = LaneMerge.of(session, lanes, -1, -1, 2 * most)) {
            while (jobs.size() < most && damaged.size() < most) {
                var head = heads.next();
                if (head == null) {
                    break;
                }
                bytes += head.row().getLong(11);
                if (bytes > ClaimRequest.MAX_BYTES && !jobs.isEmpty()) {
                    break;
                }
                ClaimedJob job;
                try {
                    job = read(head);
                } catch (UnreadableException e) {
                    damaged.add(new Damaged(entry(head), head.pos(), e));
                    continue;
                }
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
        setAside(transaction, damaged);
        move(session, touched, rank, pos, allowed.limited());
        return jobs;
    }

    /** A row that cannot be read, which must not stand in the way of those behind it. */
    private record Damaged(Entry entry, long pos, UnreadableException why) {}

    /** Discards damaged rows; history says why, and a person mends them and retries by hand. */
    private void setAside(Transaction transaction, List<Damaged> damaged) throws SQLException {
        var session = transaction.session();
        var history = new HistoryAppender(session);
        long at = Moments.micros(request.now());
        for (var row : damaged) {
            var entry = row.entry();
            session.update(TAKE_ONE, entry.lane(), entry.rank(), row.pos());
            Entries.discarded(session, entry, at);
            var ending =
                    new Ending(
                            entry.jobId(),
                            request.claimId(),
                            request.workerId(),
                            entry.attempt(),
                            request.now(),
                            request.now(),
                            Attempt.End.DISCARDED,
                            ErrorInfo.reason("unreadable", row.why().getMessage()),
                            null,
                            new Ending.Next.Discarded(),
                            true);
            Keys.release(session, entry.jobId());
            history.append(transaction.take(Counter.HISTORY, 1), ending);
        }
        history.flush();
    }

    private void move(Session session, Set<Lane> lanes, int rank, long pos, long limited)
            throws SQLException {
        for (var lane : lanes) {
            session.update(
                    RUN,
                    lane.id(),
                    rank,
                    request.workerId(),
                    request.claimId(),
                    Moments.micros(request.now()),
                    pos,
                    limited);
            session.update(TAKE, lane.id(), rank, pos);
        }
    }

    private static Entry entry(LaneMerge.Head head) throws SQLException {
        var row = head.row();
        return new Entry(
                row.getLong(3), head.lane().id(), head.rank(), row.getInt(4), row.getInt(5));
    }

    private ClaimedJob read(LaneMerge.Head head) throws SQLException {
        var row = head.row();
        var payload = row.getString(6);
        if (payload == null) {
            throw new UnreadableException("payload", "JSON", "no row in 'job'");
        }
        return new ClaimedJob(
                row.getLong(3),
                request.claimId(),
                head.lane().queue(),
                head.lane().kind(),
                head.lane().version(),
                9 - head.rank(),
                payload,
                row.getInt(4),
                row.getInt(5),
                row.getInt(7),
                Texts.retry(row.getString(8)),
                Texts.tags(row.getString(9)),
                Moments.instant(row.getLong(10)),
                Texts.terms(row.getString(12)));
    }
}
