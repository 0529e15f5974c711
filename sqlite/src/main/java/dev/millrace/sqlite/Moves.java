package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Promotion;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.RescueAnswer.Outcome;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Moves between positions other than claim and complete. */
final class Moves {
    private static final String DUE =
            """
            SELECT run_at, job_id, lane, rank, attempt, rescues FROM scheduled
            WHERE run_at <= ? ORDER BY run_at, job_id LIMIT ?\
            """;
    private static final String UNSCHEDULE =
            "DELETE FROM scheduled WHERE (run_at, job_id) <= (?, ?)";
    private static final String UNSCHEDULE_ONE =
            "DELETE FROM scheduled WHERE run_at = ? AND job_id = ?";
    private static final String UNDISCARD = "DELETE FROM discarded WHERE job_id = ?";
    private static final String NEXT_DUE = "SELECT min(run_at) FROM scheduled";
    private static final String WORKER = "SELECT beat, dead FROM worker WHERE id = ?";
    private static final String DECLARE_DEAD = "UPDATE worker SET dead = 1 WHERE id = ?";
    private static final String BURY = "DELETE FROM worker WHERE id = ?";
    private static final String RUNNING =
            """
            SELECT job_id, lane, rank, attempt, rescues, claim_id, claimed_at FROM running
            WHERE worker_id = ? ORDER BY job_id LIMIT ?\
            """;
    private static final String NOT_RUNNING =
            "DELETE FROM running WHERE worker_id = ? AND job_id <= ?";
    private static final String RESCUED =
            """
            INSERT INTO history
              (job_id, seq, claim_id, worker_id, attempt, outcome, started_at, ended_at, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)\
            """;

    /** Its time to live may have been due, and let go, while a worker had it. */
    private static final String EXPIRES =
            """
            INSERT OR IGNORE INTO expiry (expires_at, job_id)
            SELECT x.at, x.id FROM (
              SELECT id, CASE WHEN json_valid(terms) THEN json_extract(terms, '$.expires') END AS at
              FROM job WHERE id = ?) x
            WHERE typeof(x.at) = 'integer'\
            """;

    private Moves() {}

    static int giveBack(Transaction transaction, long worker, Collection<JobClaim> claims)
            throws SQLException {
        var session = transaction.session();
        if (!WorkerRows.isAlive(session, worker)) {
            return 0;
        }
        int returned = 0;
        var taken = RunningRows.take(session, worker, List.copyOf(claims), i -> true);
        for (int i = 0; i < claims.size(); i++) {
            var entry = taken.entry(i);
            if (entry != null) {
                Entries.availableAgain(transaction, entry);
                session.update(EXPIRES, entry.jobId());
                returned++;
            }
        }
        return returned;
    }

    static Promotion promote(Transaction transaction, Instant now, int max) throws SQLException {
        var session = transaction.session();
        var entries = new ArrayList<Entry>();
        long lastRunAt = 0;
        try (var rows = session.query(DUE, Moments.micros(now), max)) {
            while (rows.next()) {
                lastRunAt = rows.getLong(1);
                entries.add(
                        new Entry(
                                rows.getLong(2),
                                rows.getInt(3),
                                rows.getInt(4),
                                rows.getInt(5),
                                rows.getInt(6)));
            }
        }
        if (!entries.isEmpty()) {
            session.update(UNSCHEDULE, lastRunAt, entries.getLast().jobId());
        }
        for (var entry : entries) {
            Entries.availableAgain(transaction, entry);
        }
        return new Promotion(entries.size(), nextDue(session));
    }

    /** When the first scheduled job is due. */
    static @Nullable Instant nextDue(Session session) throws SQLException {
        long due = session.number(Long.MIN_VALUE, NEXT_DUE);
        return due == Long.MIN_VALUE ? null : Moments.instant(due);
    }

    static RescueAnswer rescue(
            Transaction transaction, long worker, long seenBeat, int max, Instant now)
            throws SQLException {
        var session = transaction.session();
        try (var rows = session.query(WORKER, worker)) {
            if (!rows.next()) {
                return new RescueAnswer(Outcome.CLEARED, 0, 0);
            }
            if (rows.getInt(2) == 0 && rows.getLong(1) != seenBeat) {
                return new RescueAnswer(Outcome.ALIVE, 0, 0);
            }
        }
        session.update(DECLARE_DEAD, worker);
        return clear(transaction, worker, max, Moments.micros(now));
    }

    private record Orphan(Entry entry, long claimId, long claimedAt) {}

    private static RescueAnswer clear(Transaction transaction, long worker, int max, long now)
            throws SQLException {
        var session = transaction.session();
        var orphans = new ArrayList<Orphan>();
        boolean more = false;
        try (var rows = session.query(RUNNING, worker, max + 1L)) {
            while (rows.next()) {
                if (orphans.size() == max) {
                    more = true;
                    break;
                }
                var entry =
                        new Entry(
                                rows.getLong(1),
                                session.lanes().entrance(rows.getInt(2)),
                                rows.getInt(3),
                                rows.getInt(4),
                                rows.getInt(5) + 1);
                orphans.add(new Orphan(entry, rows.getLong(6), rows.getLong(7)));
            }
        }
        if (!orphans.isEmpty()) {
            session.update(NOT_RUNNING, worker, orphans.getLast().entry().jobId());
        }
        int discarded = 0;
        for (var orphan : orphans) {
            appendRescue(transaction, worker, orphan, now);
            if (orphan.entry().rescues() > ClaimedJob.MAX_RESCUES) {
                Entries.discarded(session, orphan.entry(), now);
                Keys.release(session, orphan.entry().jobId());
                discarded++;
            } else {
                Entries.availableAgain(transaction, orphan.entry());
            }
        }
        if (!more) {
            session.update(BURY, worker);
        }
        return new RescueAnswer(
                more ? Outcome.MORE : Outcome.CLEARED, orphans.size() - discarded, discarded);
    }

    private static void appendRescue(Transaction transaction, long worker, Orphan orphan, long now)
            throws SQLException {
        var append = transaction.session().prepare(RESCUED);
        append.setLong(1, orphan.entry().jobId());
        append.setLong(2, transaction.take(Counter.HISTORY, 1));
        append.setLong(3, orphan.claimId());
        append.setLong(4, worker);
        append.setInt(5, orphan.entry().attempt());
        append.setInt(6, Attempt.End.RESCUED.code());
        append.setLong(7, orphan.claimedAt());
        append.setLong(8, now);
        append.setString(
                9, Texts.error(ErrorInfo.reason("rescued", "worker %d died".formatted(worker))));
        append.executeUpdate();
    }

    static Map<Long, JobState.Name> retry(Transaction transaction, Collection<Long> jobIds)
            throws SQLException {
        var session = transaction.session();
        var found = new TreeMap<Long, JobState.Name>();
        for (long id : new TreeSet<>(jobIds)) {
            var body = Bodies.find(session, id);
            if (body == null) {
                continue;
            }
            var place = Places.of(session, body);
            found.put(id, place.state().name());
            switch (place.state()) {
                case JobState.Discarded discarded -> {
                    session.update(UNDISCARD, id);
                    Cancel.drop(session, id);
                    var entry = new Entry(id, body.lane().id(), 9 - body.priority(), 1, 0);
                    Entries.availableAgain(transaction, entry);
                }
                case JobState.Scheduled scheduled -> {
                    session.update(UNSCHEDULE_ONE, Moments.micros(scheduled.runAt()), id);
                    SendSignal.forgetWait(session, id);
                    var entry =
                            new Entry(
                                    id,
                                    body.lane().id(),
                                    9 - body.priority(),
                                    place.attempt(),
                                    place.rescues());
                    Entries.availableAgain(transaction, entry);
                }
                case JobState.Available available -> {}
                case JobState.Running running -> {}
                case JobState.Completed completed -> {}
                case JobState.Cancelled cancelled -> {}
                case JobState.Expired expired -> {}
            }
        }
        return found;
    }
}
