package dev.millrace.postgres;

import dev.millrace.job.Durability;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How jobs with keys come in. First every key of the batch is taken or looked up, in the order of
 * keys; then each job is decided in the order given, as if one after the other; then the bodies are
 * written as those of plain jobs are. Where nothing has to be replaced that is a handful of
 * statements whatever the number of jobs.
 */
final class KeyedEnqueues {
    private static final int MOST = 1_000;
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    // A process that freezes in the middle must not keep its keys; and a batch must not wait long
    // for one of its keys, since its other jobs wait with it.
    private static final String BOUNDED =
            "set local lock_timeout = '{wait}ms'; set local idle_in_transaction_session_timeout ="
                    + " '10s'";
    private static final String ALONE = BOUNDED.replace("{wait}", "250");
    private static final String TOGETHER = BOUNDED.replace("{wait}", "100");

    private final Sql sql;
    private final Enqueues plain;
    private final KeyBook.Statements book;
    private final Replacing replacing;
    private final String known;

    KeyedEnqueues(Sql sql, Enqueues plain) {
        this.sql = sql;
        this.plain = plain;
        this.book = new KeyBook.Statements(sql);
        this.replacing = new Replacing(sql);
        this.known = sql.text("select id from {schema}.job where id = any (?)");
    }

    /** Accepts jobs in a transaction of their own. */
    List<Accepted> enqueue(List<NewJob> jobs, boolean resend) {
        if (jobs.size() > MOST) {
            throw new IllegalArgumentException(
                    "at most %d jobs at once, got %d".formatted(MOST, jobs.size()));
        }
        if (jobs.isEmpty()) {
            return List.of();
        }
        plain.prepare(jobs);
        boolean waits = Enqueues.durability(jobs) != Durability.MEMORY;
        return sql.transaction(
                "enqueue of %d jobs with keys".formatted(jobs.size()),
                connection -> {
                    String bounded = jobs.size() == 1 ? ALONE : TOGETHER;
                    try (var statement = connection.createStatement()) {
                        statement.execute(waits ? bounded : bounded + "; " + Enqueues.NO_WAIT);
                    }
                    try {
                        return new Batch(connection, resend).accept(jobs);
                    } catch (SQLException e) {
                        if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                            throw KeyBook.busy(e);
                        }
                        throw e;
                    }
                });
    }

    /** Accepts jobs, keyed or not, in the caller's transaction, after checking that it is one. */
    List<Accepted> enqueue(Connection connection, List<NewJob> jobs) {
        if (jobs.isEmpty()) {
            return List.of();
        }
        try {
            if (!connection.isWrapperFor(PGConnection.class)) {
                throw MillraceException.invalid(
                        "the connection must come from PostgreSQL's own driver, got %s; nothing was"
                                        .formatted(connection.getClass().getName())
                                + " enqueued");
            }
            if (connection.getAutoCommit()) {
                throw MillraceException.invalid(
                        "the connection must be in a transaction, got one in auto-commit mode; call"
                                + " setAutoCommit(false) first; nothing was enqueued");
            }
            plain.prepare(jobs);
            if (jobs.stream().anyMatch(NewJob::isKeyed)) {
                return allOrNone(connection, jobs);
            }
            plain.write(connection, jobs, false);
            return jobs.stream().map(job -> new Accepted(job.id(), How.NEW)).toList();
        } catch (SQLException e) {
            throw Failures.of("enqueue of %d jobs".formatted(jobs.size()), e);
        }
    }

    /** A refusal leaves no keys behind in a transaction that the caller may still commit. */
    private List<Accepted> allOrNone(Connection connection, List<NewJob> jobs) throws SQLException {
        var before = connection.setSavepoint();
        List<Accepted> answers;
        try {
            answers = new Batch(connection, false).accept(jobs);
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback(before);
            } catch (SQLException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        connection.releaseSavepoint(before);
        return answers;
    }

    /** One batch on its way in. */
    private final class Batch {
        private final Connection connection;
        private final boolean resend;
        private final KeyBook keys;
        private final List<NewJob> pending = new ArrayList<>();
        private final Set<Long> earlier = new HashSet<>();

        Batch(Connection connection, boolean resend) {
            this.connection = connection;
            this.resend = resend;
            this.keys = new KeyBook(connection, book);
        }

        List<Accepted> accept(List<NewJob> jobs) throws SQLException {
            keys.acquire(jobs);
            if (resend) {
                // After the keys: an earlier try still under way has ended by now.
                readEarlier(jobs);
            }
            var answers = new ArrayList<Accepted>(jobs.size());
            for (NewJob job : jobs) {
                answers.add(decide(job));
            }
            keys.settle();
            flush();
            return answers;
        }

        private void readEarlier(List<NewJob> jobs) throws SQLException {
            try (var statement = Sql.prepare(connection, known)) {
                statement.setObject(1, jobs.stream().mapToLong(NewJob::id).toArray());
                try (var rows = statement.executeQuery()) {
                    while (rows.next()) {
                        earlier.add(rows.getLong(1));
                    }
                }
            }
        }

        private Accepted decide(NewJob job) throws SQLException {
            var asNew = new Accepted(job.id(), How.NEW);
            if (earlier.contains(job.id())) {
                return asNew;
            }
            KeyHold idempotency = hold(job, KeyHold.Scope.IDEMPOTENCY);
            if (idempotency != null) {
                KeyBook.Held held = keys.held(idempotency);
                if (held.isHeldAt(job.createdAt())) {
                    return held.jobId() == job.id() ? asNew : again(idempotency, held);
                }
            }
            KeyHold unique = hold(job, KeyHold.Scope.UNIQUE);
            if (unique == null) {
                return take(job, idempotency, null, asNew);
            }
            KeyBook.Held held = keys.held(unique);
            if (!held.isHeldAt(job.createdAt())) {
                return take(job, idempotency, unique, asNew);
            }
            if (held.jobId() == job.id()) {
                return asNew;
            }
            return unique.onConflict() == OnConflict.KEEP
                    ? duplicate(job, idempotency, held)
                    : replace(job, idempotency, unique);
        }

        /** The key stays; an idempotency key comes to stand for its holder. */
        private Accepted duplicate(NewJob job, @Nullable KeyHold idempotency, KeyBook.Held held)
                throws SQLException {
            if (idempotency != null) {
                keys.give(idempotency, held.jobId(), job.createdAt());
            }
            return new Accepted(held.jobId(), How.DUPLICATE);
        }

        private Accepted again(KeyHold hold, KeyBook.Held held) {
            return new Accepted(
                    held.jobId(),
                    held.fingerprint().equals(hold.fingerprint()) ? How.DUPLICATE : How.CONFLICT);
        }

        private Accepted take(
                NewJob job,
                @Nullable KeyHold idempotency,
                @Nullable KeyHold unique,
                Accepted answer)
                throws SQLException {
            if (idempotency != null) {
                keys.give(idempotency, job.id(), job.createdAt());
            }
            if (unique != null) {
                keys.give(unique, job.id(), job.createdAt());
            }
            pending.add(job);
            return answer;
        }

        /**
         * The position goes before the key, as everywhere; whoever was faster is looked at anew.
         */
        private Accepted replace(NewJob job, @Nullable KeyHold idempotency, KeyHold unique)
                throws SQLException {
            flush();
            for (int look = 0; look < KeyBook.LOOKS; look++) {
                KeyBook.Held held = keys.held(unique);
                if (!held.isHeldAt(job.createdAt())) {
                    return take(job, idempotency, unique, new Accepted(job.id(), How.NEW));
                }
                if (replacing.isElsewhere(connection, held.jobId(), job)) {
                    return duplicate(job, idempotency, held);
                }
                var before = connection.setSavepoint();
                var gone = replacing.cancel(connection, held.jobId(), job);
                if (keys.move(unique, job.id())) {
                    connection.releaseSavepoint(before);
                    if (gone == null) {
                        return take(job, idempotency, unique, new Accepted(job.id(), How.NEW));
                    }
                    boolean keepsTime = unique.onConflict() == OnConflict.REPLACE;
                    return take(
                            keepsTime ? Replacing.dueAt(job, gone.runAt()) : job,
                            idempotency,
                            unique,
                            new Accepted(job.id(), How.REPLACED));
                }
                connection.rollback(before);
                keys.acquire(List.of(job));
            }
            throw KeyBook.busy(null);
        }

        private void flush() throws SQLException {
            if (!pending.isEmpty()) {
                plain.write(connection, List.copyOf(pending), resend);
                pending.clear();
            }
        }
    }

    private static @Nullable KeyHold hold(NewJob job, KeyHold.Scope scope) {
        for (KeyHold hold : job.holds()) {
            if (hold.scope() == scope) {
                return hold;
            }
        }
        return null;
    }
}
