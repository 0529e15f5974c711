package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Records ended attempts.
 *
 * @param endings each job once
 */
record Complete(List<Ending> endings) implements Operation<List<Recorded>> {
    private static final String REPORTED =
            "SELECT 1 FROM history WHERE job_id = ? AND claim_id = ? AND outcome <> "
                    + Attempt.End.RESCUED.code();

    @Override
    public List<Recorded> run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var held = new Entry[endings.size()];
        var byWorker = new TreeMap<Long, List<Integer>>();
        for (int i = 0; i < held.length; i++) {
            byWorker.computeIfAbsent(endings.get(i).workerId(), id -> new ArrayList<>()).add(i);
        }
        for (var mine : byWorker.entrySet()) {
            if (WorkerRows.isAlive(session, mine.getKey())) {
                take(session, mine.getKey(), mine.getValue(), held);
            }
        }
        var answers = new Recorded[held.length];
        var history = new HistoryAppender(session);
        for (int i = 0; i < held.length; i++) {
            answers[i] = answer(session, endings.get(i), held[i]);
            if (answers[i] == Recorded.RECORDED) {
                history.append(transaction.take(Counter.HISTORY, 1), endings.get(i));
            }
        }
        history.flush();
        for (int i = 0; i < held.length; i++) {
            var entry = held[i];
            if (entry != null) {
                enter(transaction, endings.get(i), entry);
                release(session, endings.get(i));
            }
        }
        return Arrays.asList(answers);
    }

    private void take(Session session, long worker, List<Integer> mine, Entry[] held)
            throws SQLException {
        var claims = new ArrayList<JobClaim>(mine.size());
        for (int i : mine) {
            claims.add(new JobClaim(endings.get(i).jobId(), endings.get(i).claimId()));
        }
        var taken = RunningRows.take(session, worker, claims);
        for (int i = 0; i < taken.size(); i++) {
            held[mine.get(i)] = taken.get(i);
        }
    }

    private static Recorded answer(Session session, Ending ending, @Nullable Entry entry)
            throws SQLException {
        if (entry != null) {
            return Recorded.RECORDED;
        }
        return session.number(0, REPORTED, ending.jobId(), ending.claimId()) == 1
                ? Recorded.ALREADY
                : Recorded.LOST;
    }

    private static void enter(Transaction transaction, Ending ending, Entry from)
            throws SQLException {
        var session = transaction.session();
        switch (ending.next()) {
            case Ending.Next.Finished finished -> {}
            case Ending.Next.Discarded discarded ->
                    Entries.discarded(
                            session,
                            new Entry(from.jobId(), from.lane(), from.rank(), ending.attempt(), 0),
                            Moments.micros(ending.endedAt()));
            case Ending.Next.Waiting waiting ->
                    SendSignal.enter(
                            transaction,
                            new Entry(from.jobId(), from.lane(), from.rank(), waiting.attempt(), 0),
                            waiting);
            case Ending.Next.Again again -> {
                var entry =
                        new Entry(
                                from.jobId(),
                                from.lane(),
                                from.rank(),
                                again.attempt(),
                                again.rescues());
                if (again.runAt().isAfter(ending.endedAt())) {
                    boolean backingOff = ending.end() == Attempt.End.FAILED;
                    Entries.scheduled(session, entry, Moments.micros(again.runAt()), backingOff);
                } else {
                    Entries.availableAgain(transaction, entry);
                }
            }
        }
    }

    private static void release(Session session, Ending ending) throws SQLException {
        boolean rests =
                switch (ending.next()) {
                    case Ending.Next.Finished finished -> true;
                    case Ending.Next.Discarded discarded -> true;
                    case Ending.Next.Again again -> false;
                    case Ending.Next.Waiting waiting -> false;
                };
        if (rests && ending.holdsKey()) {
            Keys.release(session, ending.jobId());
        }
    }

    /** Appends history rows, many to a statement. */
    static final class HistoryAppender {
        private static final int ROWS = 40;
        private static final String INTO =
                """
                INSERT INTO history
                  (job_id, seq, claim_id, worker_id, attempt, outcome, started_at, ended_at,
                   error, result)
                VALUES\
                """;
        private static final String ROW = " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        private static final String ONE = INTO + ROW;
        private static final String MANY = INTO + ROW + ("," + ROW).repeat(ROWS - 1);

        private final Session session;
        private final List<Ending> waiting = new ArrayList<>(ROWS);
        private final List<Long> numbers = new ArrayList<>(ROWS);

        HistoryAppender(Session session) {
            this.session = session;
        }

        void append(long seq, Ending ending) throws SQLException {
            waiting.add(ending);
            numbers.add(seq);
            if (waiting.size() == ROWS) {
                var statement = session.prepare(MANY);
                for (int i = 0; i < ROWS; i++) {
                    bind(statement, i * 10, numbers.get(i), waiting.get(i));
                }
                statement.executeUpdate();
                waiting.clear();
                numbers.clear();
            }
        }

        void flush() throws SQLException {
            var statement = session.prepare(ONE);
            for (int i = 0; i < waiting.size(); i++) {
                bind(statement, 0, numbers.get(i), waiting.get(i));
                statement.executeUpdate();
            }
            waiting.clear();
            numbers.clear();
        }

        private static void bind(PreparedStatement statement, int base, long seq, Ending ending)
                throws SQLException {
            statement.setLong(base + 1, ending.jobId());
            statement.setLong(base + 2, seq);
            statement.setLong(base + 3, ending.claimId());
            statement.setLong(base + 4, ending.workerId());
            statement.setInt(base + 5, ending.attempt());
            statement.setInt(base + 6, ending.end().code());
            statement.setLong(base + 7, Moments.micros(ending.startedAt()));
            statement.setLong(base + 8, Moments.micros(ending.endedAt()));
            statement.setString(base + 9, Texts.error(ending.error()));
            statement.setString(base + 10, ending.result());
        }
    }
}
