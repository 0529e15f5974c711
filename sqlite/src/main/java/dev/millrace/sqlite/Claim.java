package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobTerms;
import dev.millrace.job.KindVersion;
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

    private static final String RUN_AGED =
            RUN.replace("(rank, pos) <= (?2, ?6)", "rank = ?2 AND pos <= ?6");
    private static final String TAKE_AGED =
            TAKE.replace("(rank, pos) <= (?2, ?3)", "rank = ?2 AND pos <= ?3");
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
        var picked = new Picked();
        try (var heads = heads(session, allowed.gated(), 2 * most)) {
            boolean more = true;
            while (more && picked.jobs.size() < most && picked.damaged.size() < most) {
                var head = heads.next();
                more = head != null && pick(picked, head);
            }
        }
        setAside(transaction, picked.damaged);
        move(session, picked, allowed.limited());
        return picked.jobs;
    }

    private LaneMerge heads(Session session, boolean gated, int most) throws SQLException {
        var lanes = lanes(session, gated);
        return request.aged()
                ? LaneMerge.byAge(session, lanes, most)
                : LaneMerge.of(session, lanes, -1, -1, most);
    }

    private List<Lane> lanes(Session session, boolean gated) throws SQLException {
        return session.lanes()
                .matching(lane ->
                        lane.isClaimed()
                                && !(gated && lane.gate() == Lane.OPEN)
                                && lane.queue().equals(request.queue())
                                && request.kinds()
                                        .contains(new KindVersion(lane.kind(), lane.version())));
    }

    /**
     * What is taken so far: in these lanes, all rows up to a rank and position. By age: in these
     * lanes and ranks, all rows up to a position.
     */
    private static final class Picked {
        private final List<ClaimedJob> jobs = new ArrayList<>();
        private final List<Damaged> damaged = new ArrayList<>();
        private final Set<From> from = new LinkedHashSet<>();
        private int rank = -1;
        private long pos = -1;
        private long bytes;
    }

    /** Where rows are taken: in a lane, or in one rank of it. */
    private record From(Lane lane, int rank) {}

    /** Takes a row if it may go with those before it; answers whether more may follow. */
    private boolean pick(Picked picked, LaneMerge.Head head) throws SQLException {
        boolean first = picked.jobs.isEmpty();
        long size = head.row().getLong(6);
        picked.bytes += size / 2;
        if (picked.bytes > ClaimRequest.MAX_BYTES && !first) {
            return false;
        }
        ClaimedJob job;
        try {
            job = read(head, size % 2 == 0);
        } catch (UnreadableException e) {
            picked.damaged.add(new Damaged(entry(head), head.pos(), e));
            return true;
        }
        if (job.runsAlone() && !first) {
            return false;
        }
        picked.jobs.add(job);
        picked.from.add(new From(head.lane(), request.aged() ? head.rank() : 0));
        picked.rank = head.rank();
        picked.pos = head.pos();
        return !job.runsAlone();
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
            int home = session.lanes().entrance(entry.lane());
            Entries.discarded(
                    session, new Entry(entry.jobId(), home, entry.rank(), entry.attempt(), 0), at);
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

    private void move(Session session, Picked picked, long limited) throws SQLException {
        for (var from : picked.from) {
            var lane = from.lane();
            int rank = request.aged() ? from.rank() : picked.rank;
            session.update(
                    request.aged() ? RUN_AGED : RUN,
                    lane.id(),
                    rank,
                    request.workerId(),
                    request.claimId(),
                    Moments.micros(request.now()),
                    picked.pos,
                    lane.gate() == Lane.ADMITTED ? -1 - limited : limited);
            session.update(request.aged() ? TAKE_AGED : TAKE, lane.id(), rank, picked.pos);
        }
    }

    private static Entry entry(LaneMerge.Head head) throws SQLException {
        var row = head.row();
        return new Entry(
                row.getLong(3), head.lane().id(), head.rank(), row.getInt(4), row.getInt(5));
    }

    /** Each column costs a call into the engine, so of plain jobs fewer are read. */
    private ClaimedJob read(LaneMerge.Head head, boolean plain) throws SQLException {
        var row = head.row();
        var payload = row.getString(7);
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
                plain ? 1 : row.getInt(4),
                plain ? 0 : row.getInt(5),
                row.getInt(8),
                plain ? null : Texts.retry(row.getString(10)),
                plain ? List.of() : Texts.tags(row.getString(11)),
                Moments.instant(row.getLong(9)),
                plain ? JobTerms.NONE : Texts.terms(row.getString(12)));
    }
}
