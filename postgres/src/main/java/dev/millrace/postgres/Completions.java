package dev.millrace.postgres;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * How ended attempts are recorded: one statement for a whole batch, ids ascending. Where every job
 * simply finished, the statement is the short one.
 */
final class Completions {
    private static final int MOST = 10_000;

    /** Codes of {@link Ending.Next} on the way to the server. */
    private static final short FINISHED = 0;

    private static final short LATER = 1;
    private static final short NOW = 2;
    private static final short DISCARDED = 3;

    private final Sql sql;
    private final JobSignals signals;
    private final Enqueues enqueues;
    private final BatchMembers members;
    private final CompletionTexts bounded;
    private final CompletionTexts callers;
    private final String recorded;
    private final String busy;

    Completions(Sql sql, JobSignals signals, Enqueues enqueues, BatchMembers members) {
        this.sql = sql;
        this.signals = signals;
        this.enqueues = enqueues;
        this.members = members;
        this.bounded = CompletionTexts.of(sql, CompletionTexts.BOUND);
        this.callers = CompletionTexts.of(sql, "");
        this.busy = sql.text(CompletionTexts.BUSY);
        this.recorded =
                sql.text(
                        """
                        select job_id, claim_id from {schema}.history
                        where job_id = any (?) and outcome <> 6
                        """);
    }

    List<Recorded> complete(List<Ending> endings) {
        if (endings.isEmpty()) {
            return List.of();
        }
        if (endings.size() > MOST) {
            throw new IllegalArgumentException(
                    "at most %d endings at once, got %d".formatted(MOST, endings.size()));
        }
        List<Ending> following = endings.stream().filter(Ending::follows).toList();
        if (!following.isEmpty()) {
            var others = complete(endings.stream().filter(e -> !e.follows()).toList()).iterator();
            var follows = following(following).iterator();
            return endings.stream().map(e -> e.follows() ? follows.next() : others.next()).toList();
        }
        List<Ending> waiting = endings.stream().filter(Completions::waits).toList();
        if (waiting.isEmpty()) {
            return plain(endings);
        }
        // those that wait for a signal go last, each with its lock, in a transaction of their own
        var others = complete(endings.stream().filter(e -> !waits(e)).toList()).iterator();
        var waits = waits(waiting).iterator();
        return endings.stream().map(e -> waits(e) ? waits.next() : others.next()).toList();
    }

    /** Endings that batches count or that bring jobs, in one transaction with all that. */
    private List<Recorded> following(List<Ending> endings) {
        String what = "record %d ended attempts and what follows".formatted(endings.size());
        enqueues.prepare(endings.stream().flatMap(e -> e.follow().then().stream()).toList());
        return unlessLocked(
                () ->
                        sql.transaction(
                                what,
                                connection ->
                                        followed(
                                                connection,
                                                endings,
                                                answers(
                                                        connection,
                                                        endings,
                                                        write(connection, bounded, endings)))),
                () ->
                        sql.transaction(
                                what,
                                connection ->
                                        followed(
                                                connection,
                                                endings,
                                                around(
                                                        connection,
                                                        endings,
                                                        free ->
                                                                write(
                                                                        connection,
                                                                        callers,
                                                                        free)))));
    }

    private List<Recorded> followed(
            Connection connection, List<Ending> endings, List<Recorded> answers)
            throws SQLException {
        members.follow(connection, endings, answers);
        return answers;
    }

    private List<Recorded> plain(List<Ending> endings) {
        String what = "record %d ended attempts".formatted(endings.size());
        return unlessLocked(
                () ->
                        sql.run(
                                what,
                                connection ->
                                        answers(
                                                connection,
                                                endings,
                                                write(connection, bounded, endings))),
                () ->
                        sql.transaction(
                                what,
                                connection ->
                                        around(
                                                connection,
                                                endings,
                                                free -> write(connection, callers, free))));
    }

    private List<Recorded> waits(List<Ending> endings) {
        String what = "record %d waits".formatted(endings.size());
        return unlessLocked(
                () ->
                        sql.transaction(
                                what,
                                connection -> {
                                    signals.lock(connection, endings);
                                    return answers(
                                            connection, endings, writeWaiting(connection, endings));
                                }),
                () ->
                        sql.transaction(
                                what,
                                connection -> {
                                    signals.lock(connection, endings);
                                    return around(
                                            connection,
                                            endings,
                                            free -> writeWaiting(connection, free));
                                }));
    }

    /**
     * A handler that ended beside a transaction of its own that is still open has its running row
     * locked: a batch waits for that no longer than {@link CompletionTexts#BOUND}, and is then
     * written around what is locked.
     */
    private static List<Recorded> unlessLocked(
            Supplier<List<Recorded>> all, Supplier<List<Recorded>> around) {
        try {
            return all.get();
        } catch (MillraceException e) {
            if (!Failures.isLocked(e)) {
                throw e;
            }
        }
        return around.get();
    }

    /** Writes endings whose rows are locked by nobody else. */
    private interface Writing {
        @Nullable Set<JobClaim> write(List<Ending> free) throws SQLException;
    }

    private List<Recorded> around(Connection connection, List<Ending> endings, Writing writing)
            throws SQLException {
        Set<JobClaim> locked = locked(connection, endings);
        List<Ending> free = endings.stream().filter(e -> !locked.contains(claim(e))).toList();
        var answers =
                free.isEmpty()
                        ? Collections.<Recorded>emptyIterator()
                        : answers(connection, free, writing.write(free)).iterator();
        return endings.stream()
                .map(e -> locked.contains(claim(e)) ? Recorded.BUSY : answers.next())
                .toList();
    }

    private Set<JobClaim> locked(Connection connection, List<Ending> endings) throws SQLException {
        try (var statement = Sql.prepare(connection, busy)) {
            statement.setObject(1, endings.stream().mapToLong(Ending::jobId).toArray());
            statement.setObject(2, endings.stream().mapToLong(Ending::claimId).toArray());
            statement.setObject(3, endings.stream().mapToInt(e -> (int) e.workerId()).toArray());
            var locked = new HashSet<JobClaim>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    locked.add(new JobClaim(rows.getLong(1), rows.getLong(2)));
                }
            }
            return locked;
        }
    }

    private static boolean waits(Ending ending) {
        return ending.next() instanceof Ending.Next.Waiting;
    }

    private static List<Ending> sorted(List<Ending> endings) {
        return endings.stream().sorted(Comparator.comparingLong(Ending::jobId)).toList();
    }

    /** Records an ending in the caller's transaction; answers whether its claim was held. */
    boolean isWritten(Connection connection, Ending ending) throws SQLException {
        boolean written = write(connection, callers, List.of(ending)) == null;
        if (written && ending.follows()) {
            enqueues.prepare(ending.follow().then());
            members.follow(connection, List.of(ending), List.of(Recorded.RECORDED));
        }
        return written;
    }

    /** The claims written when not all were; {@code null} when all were. */
    private static @Nullable Set<JobClaim> write(
            Connection connection, CompletionTexts texts, List<Ending> endings)
            throws SQLException {
        List<Ending> sorted = sorted(endings);
        boolean plain =
                sorted.stream()
                        .allMatch(e ->
                                e.next() instanceof Ending.Next.Finished
                                        && e.error() == null
                                        && e.result() == null);
        long[] freeing =
                sorted.stream()
                        .filter(e -> e.holdsKey() && !(e.next() instanceof Ending.Next.Again))
                        .mapToLong(Ending::jobId)
                        .toArray();
        return write(connection, texts, sorted, plain, freeing);
    }

    private @Nullable Set<JobClaim> writeWaiting(Connection connection, List<Ending> some)
            throws SQLException {
        List<Ending> endings = sorted(some);
        try (var statement = Sql.prepare(connection, signals.waitStatement())) {
            int at = details(statement, endings, common(statement, endings));
            at = JobSignals.fill(statement, endings, at);
            statement.setLong(at, endings.size());
            return written(statement, endings.size());
        }
    }

    private static @Nullable Set<JobClaim> write(
            Connection connection,
            CompletionTexts texts,
            List<Ending> endings,
            boolean plain,
            long[] freeing)
            throws SQLException {
        boolean frees = freeing.length > 0;
        String text = plain ? texts.finished() : texts.mixed();
        if (frees) {
            text = plain ? texts.finishedFreeing() : texts.mixedFreeing();
        }
        try (var statement = Sql.prepare(connection, text)) {
            int at = common(statement, endings);
            if (!plain) {
                at = next(statement, endings, at);
                at = details(statement, endings, at);
            }
            if (frees) {
                statement.setObject(at++, freeing);
            }
            statement.setLong(at, endings.size());
            return written(statement, endings.size());
        }
    }

    private static @Nullable Set<JobClaim> written(PreparedStatement statement, int all)
            throws SQLException {
        try (var rows = statement.executeQuery()) {
            rows.next();
            if (rows.getLong(1) == all) {
                return null;
            }
            var written = new HashSet<JobClaim>();
            while (rows.next()) {
                written.add(new JobClaim(rows.getLong(2), rows.getLong(3)));
            }
            return written;
        }
    }

    private static int common(PreparedStatement statement, List<Ending> endings)
            throws SQLException {
        int n = endings.size();
        var jobs = new long[n];
        var claims = new long[n];
        var workers = new int[n];
        var attempts = new short[n];
        var started = new long[n];
        var ended = new long[n];
        var outcomes = new short[n];
        for (int i = 0; i < n; i++) {
            Ending ending = endings.get(i);
            jobs[i] = ending.jobId();
            claims[i] = ending.claimId();
            workers[i] = (int) ending.workerId();
            attempts[i] = (short) ending.attempt();
            started[i] = Sql.micros(ending.startedAt());
            ended[i] = Sql.micros(ending.endedAt());
            outcomes[i] = (short) ending.end().code();
        }
        statement.setObject(1, jobs);
        statement.setObject(2, claims);
        statement.setObject(3, workers);
        statement.setObject(4, attempts);
        statement.setObject(5, started);
        statement.setObject(6, ended);
        statement.setObject(7, outcomes);
        return 8;
    }

    private static int next(PreparedStatement statement, List<Ending> endings, int at)
            throws SQLException {
        int n = endings.size();
        var next = new short[n];
        var runAt = new long[n];
        var attempts = new short[n];
        var rescues = new short[n];
        for (int i = 0; i < n; i++) {
            Ending ending = endings.get(i);
            switch (ending.next()) {
                case Ending.Next.Finished f -> next[i] = FINISHED;
                case Ending.Next.Discarded d -> next[i] = DISCARDED;
                case Ending.Next.Waiting w ->
                        throw new IllegalStateException("a wait is recorded by itself");
                case Ending.Next.Again again -> {
                    next[i] = again.runAt().isAfter(ending.endedAt()) ? LATER : NOW;
                    runAt[i] = Sql.micros(again.runAt());
                    attempts[i] = (short) again.attempt();
                    rescues[i] = (short) again.rescues();
                }
            }
        }
        statement.setObject(at++, next);
        statement.setObject(at++, runAt);
        statement.setObject(at++, attempts);
        statement.setObject(at++, rescues);
        return at;
    }

    private static int details(PreparedStatement statement, List<Ending> endings, int at)
            throws SQLException {
        int n = endings.size();
        var results = new @Nullable String[n];
        var types = new @Nullable String[n];
        var messages = new @Nullable String[n];
        var stacks = new @Nullable String[n];
        IntStream.range(0, n)
                .forEach(i -> {
                    String result = endings.get(i).result();
                    results[i] = result == null ? null : Texts.withoutNul(result);
                    ErrorInfo error = endings.get(i).error();
                    if (error != null) {
                        types[i] = error.type();
                        messages[i] = error.message();
                        stacks[i] = error.stack();
                    }
                });
        statement.setObject(at++, results);
        statement.setObject(at++, types);
        statement.setObject(at++, messages);
        statement.setObject(at++, stacks);
        return at;
    }

    /**
     * Tells apart what was written now, what was written before, and what was refused. By claim: a
     * batch may hold one job twice, under a claim that was lost and under a later one.
     *
     * @param written {@code null} for all
     */
    private List<Recorded> answers(
            Connection connection, List<Ending> endings, @Nullable Set<JobClaim> written)
            throws SQLException {
        if (written == null) {
            return endings.stream().map(e -> Recorded.RECORDED).toList();
        }
        Set<JobClaim> before = new HashSet<>();
        try (var statement = Sql.prepare(connection, recorded)) {
            statement.setObject(
                    1,
                    endings.stream()
                            .filter(e -> !written.contains(claim(e)))
                            .mapToLong(Ending::jobId)
                            .toArray());
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    before.add(new JobClaim(rows.getLong(1), rows.getLong(2)));
                }
            }
        }
        return endings.stream()
                .map(e ->
                        written.contains(claim(e))
                                ? Recorded.RECORDED
                                : before.contains(claim(e)) ? Recorded.ALREADY : Recorded.LOST)
                .toList();
    }

    private static JobClaim claim(Ending ending) {
        return new JobClaim(ending.jobId(), ending.claimId());
    }
}
