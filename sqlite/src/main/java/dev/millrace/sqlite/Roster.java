package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.KindVersion;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.QueueControl;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The workers' coming, living and going: their rows, each with its lock. Thread-safe. */
final class Roster {
    private static final String COUNT_RUNNING = "SELECT count(*) FROM running WHERE worker_id = ?";
    private static final String ANY_AVAILABLE = "SELECT 1 FROM available WHERE lane = ? LIMIT 1";

    private final SqliteWriter writer;
    private final SqliteReaders readers;
    private final WorkerLocks locks;
    private final Controls controls;

    Roster(SqliteWriter writer, SqliteReaders readers, WorkerLocks locks, Controls controls) {
        this.writer = writer;
        this.readers = readers;
        this.locks = locks;
        this.controls = controls;
    }

    long register(WorkerInfo info) {
        long id = writer.run("register", transaction -> transaction.take(Counter.WORKER, 1));
        boolean locked = info.lease() == null && locks.take(id);
        try {
            writer.<@Nullable Void>run(
                    "register",
                    transaction -> {
                        WorkerRows.add(transaction.session(), id, info, locked);
                        return null;
                    });
        } catch (RuntimeException e) {
            locks.remove(id);
            throw e;
        }
        return id;
    }

    void deregister(long workerId) {
        boolean gone =
                writer.run(
                        "deregister",
                        transaction -> WorkerRows.forget(transaction.session(), workerId));
        if (gone) {
            locks.remove(workerId);
        } else {
            locks.release(workerId);
        }
    }

    PulseAnswer pulse(Pulse pulse) {
        boolean locked = locks.keep(pulse.workerId());
        if (pulse.beat()) {
            writer.<@Nullable Void>run(
                    "pulse",
                    Durability.OS,
                    transaction -> {
                        WorkerRows.beat(transaction.session(), pulse, locked);
                        return null;
                    });
        } else {
            sayIfNew(pulse);
        }
        var before = controls.latest();
        var answer = readers.look("pulse", session -> answer(session, pulse, before));
        if (!answer.alive()) {
            locks.release(pulse.workerId());
        }
        return answer;
    }

    /** A pulse without a beat writes only when there is news, so an idle worker writes nothing. */
    private void sayIfNew(Pulse pulse) {
        if (readers.look("pulse", session -> WorkerRows.isNews(session, pulse))) {
            writer.<@Nullable Void>run(
                    "pulse",
                    Durability.OS,
                    transaction -> {
                        WorkerRows.say(transaction.session(), pulse);
                        return null;
                    });
        }
    }

    private PulseAnswer answer(Session session, Pulse pulse, Controls.Reading before)
            throws SQLException {
        long me = pulse.workerId();
        var requested = Cancel.requested(session, me, pulse.afterRequest(), PulseAnswer.REQUESTS);
        return new PulseAnswer(
                WorkerRows.isAlive(session, me),
                pulse.beat() ? (int) session.number(0, COUNT_RUNNING, me) : 0,
                WorkerRows.others(session, me, locks::probe),
                Moves.nextDue(session),
                queuesWithWork(session, pulse.scopes()),
                requested.reasons(),
                requested.last(),
                StackRequests.wanted(session, me),
                Settle.next(session, pulse.now()),
                controls(session, pulse.scopes(), before),
                WorkerRows.isDraining(session, me),
                anyAtGate(session));
    }

    private Map<String, QueueControl> controls(
            Session session, List<Pulse.Scope> scopes, Controls.Reading before)
            throws SQLException {
        var rows = controls.refresh(session, before);
        var found = new HashMap<String, QueueControl>();
        for (var scope : scopes) {
            var control = rows.getOrDefault(scope.queue(), Controls.Row.NONE).control();
            if (!control.equals(QueueControl.NONE)) {
                found.put(scope.queue(), control);
            }
        }
        return found;
    }

    private static Set<String> queuesWithWork(Session session, List<Pulse.Scope> scopes)
            throws SQLException {
        var found = new HashSet<String>();
        for (var scope : scopes) {
            var lanes =
                    session.lanes()
                            .matching(lane ->
                                    lane.isClaimed()
                                            && lane.queue().equals(scope.queue())
                                            && scope.kinds()
                                                    .contains(
                                                            new KindVersion(
                                                                    lane.kind(), lane.version())));
            for (var lane : lanes) {
                if (session.number(0, ANY_AVAILABLE, lane.id()) == 1) {
                    found.add(scope.queue());
                    break;
                }
            }
        }
        return found;
    }

    private static boolean isGate(Lane lane, Map<String, Controls.Row> rows) {
        return lane.gate() == Lane.GATE
                || lane.gate() == Lane.OPEN
                        && rows.getOrDefault(lane.queue(), Controls.Row.NONE).control().gated();
    }

    private static boolean anyAtGate(Session session) throws SQLException {
        var rows = Controls.all(session);
        for (var lane : session.lanes().matching(lane -> isGate(lane, rows))) {
            if (session.number(0, ANY_AVAILABLE, lane.id()) == 1) {
                return true;
            }
        }
        return false;
    }

    boolean drain(long workerId) {
        return writer.run(
                "drain", transaction -> WorkerRows.drain(transaction.session(), workerId));
    }

    RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        var answer =
                writer.run(
                        "rescue",
                        transaction -> Moves.rescue(transaction, workerId, seenBeat, max, now));
        if (answer.outcome() == RescueAnswer.Outcome.CLEARED) {
            locks.remove(workerId);
        }
        return answer;
    }
}
