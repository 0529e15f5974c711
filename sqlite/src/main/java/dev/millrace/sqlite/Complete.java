package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;

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
        var held = new boolean[endings.size()];
        var entries = new @Nullable Entry[endings.size()];
        var byWorker = new TreeMap<Long, List<Integer>>();
        for (int i = 0; i < held.length; i++) {
            byWorker.computeIfAbsent(endings.get(i).workerId(), id -> new ArrayList<>()).add(i);
        }
        for (var mine : byWorker.entrySet()) {
            if (WorkerRows.isAlive(session, mine.getKey())) {
                take(session, mine.getKey(), mine.getValue(), held, entries);
            }
        }
        var answers = new Recorded[held.length];
        var history = new HistoryAppender(session);
        for (int i = 0; i < held.length; i++) {
            answers[i] = held[i] ? Recorded.RECORDED : notHeld(session, endings.get(i));
            if (held[i]) {
                history.append(transaction.take(Counter.HISTORY, 1), endings.get(i));
            }
        }
        history.flush();
        for (int i = 0; i < held.length; i++) {
            if (held[i]) {
                enter(transaction, endings.get(i), entries[i]);
                release(session, endings.get(i));
            }
        }
        if (endings.stream().anyMatch(Ending::follows)) {
            BatchMembers.follow(transaction, endings, answers);
        }
        return Arrays.asList(answers);
    }

    private void take(
            Session session,
            long worker,
            List<Integer> mine,
            boolean[] held,
            @Nullable Entry[] entries)
            throws SQLException {
        var claims = new ArrayList<JobClaim>(mine.size());
        for (int i : mine) {
            claims.add(new JobClaim(endings.get(i).jobId(), endings.get(i).claimId()));
        }
        var taken = RunningRows.take(session, worker, claims, i -> goesOn(mine.get(i)));
        for (int i = 0; i < claims.size(); i++) {
            held[mine.get(i)] = taken.isHeld(i);
            entries[mine.get(i)] = taken.entry(i);
        }
    }

    private boolean goesOn(int i) {
        return !(endings.get(i).next() instanceof Ending.Next.Finished);
    }

    private static Recorded notHeld(Session session, Ending ending) throws SQLException {
        return session.number(0, REPORTED, ending.jobId(), ending.claimId()) == 1
                ? Recorded.ALREADY
                : Recorded.LOST;
    }

    /**
     * @param from where it comes from; {@code null} when it has finished
     */
    private static void enter(Transaction transaction, Ending ending, @Nullable Entry from)
            throws SQLException {
        if (from == null) {
            return;
        }
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
}
