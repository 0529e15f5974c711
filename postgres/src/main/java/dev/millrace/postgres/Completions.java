package dev.millrace.postgres;

import dev.millrace.job.ErrorInfo;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    /**
     * Deletes the running rows of {@code i}, those that are held: {@code gone}. The order of these
     * joins is fixed: by index for each ending, then by place in the table.
     */
    static final String FENCE =
            """
            ),
            found as materialized (
                select i.*, r.tid
                from i, lateral (
                    select r.ctid as tid from {schema}.running as r
                    where r.worker_id = i.worker_id and r.job_id = i.job_id
                        and r.claim_id = i.claim_id
                    limit 1) as r
                where i.worker_id = any (array(
                    select id from {schema}.worker where not dead))),
            gone as (
                delete from {schema}.running as r using found as f
                where r.ctid = f.tid and r.claim_id = f.claim_id
                returning f.*)
            """;

    /** Writes the history of {@code gone}. */
    static final String PAST =
            """
            , past as (
                insert into {schema}.history
                    (job_id, claim_id, started_at, ended_at, worker_id,
                        attempt, outcome, detail)
                select job_id, claim_id,
                    to_timestamp(started::float8 / 1000000),
                    to_timestamp(ended::float8 / 1000000),
                    worker_id, attempt, outcome,
                    case when result is null and error is null then null
                        else array[result, error, message, stack] end
                from gone)
            """;

    /** Answers how many are gone and, unless all are, which. */
    static final String MISSING =
            """
            select count(*), null::bigint, null::bigint from gone
            union all
            select 0, job_id, claim_id from gone where (select count(*) from gone) <> ?
            """;

    private final Sql sql;
    private final JobSignals signals;
    private final String finished;
    private final String finishedFreeing;
    private final String mixed;
    private final String mixedFreeing;
    private final String recorded;

    Completions(Sql sql, JobSignals signals) {
        this.sql = sql;
        this.signals = signals;
        String finishing =
                sql.text(
                        """
                        with i as (
                            select * from unnest(?::bigint[], ?::bigint[], ?::int[], ?::smallint[],
                                ?::bigint[], ?::bigint[], ?::smallint[])
                                as i(job_id, claim_id, worker_id, attempt, started, ended, outcome)
                        """
                                + FENCE
                                + """
                                , past as (
                                    insert into {schema}.history
                                        (job_id, claim_id, started_at, ended_at, worker_id,
                                            attempt, outcome, detail)
                                    select job_id, claim_id,
                                        to_timestamp(started::float8 / 1000000),
                                        to_timestamp(ended::float8 / 1000000),
                                        worker_id, attempt, outcome, null
                                    from gone)
                                """);
        String mixing =
                sql.text(
                        """
                        with p as materialized (select nextval('{schema}.position') << 16 as base),
                        i as (
                            select * from unnest(
                                ?::bigint[], ?::bigint[], ?::int[], ?::smallint[],
                                ?::bigint[], ?::bigint[], ?::smallint[], ?::smallint[],
                                ?::bigint[], ?::smallint[], ?::smallint[],
                                ?::text[], ?::text[], ?::text[], ?::text[]) with ordinality
                                as i(job_id, claim_id, worker_id, attempt, started, ended, outcome,
                                    next, run_at, next_attempt, rescues,
                                    result, error, message, stack, place)
                        """
                                + FENCE
                                + """
                                , later as (
                                    insert into {schema}.scheduled
                                        (run_at, job_id, lane, priority, attempt, rescues,
                                            backing_off)
                                    select to_timestamp(g.run_at::float8 / 1000000), g.job_id,
                                        j.lane, j.priority, g.next_attempt, g.rescues,
                                        g.outcome = 3
                                    from gone as g, lateral (
                                        select lane, priority from {schema}.job
                                        where id = g.job_id limit 1) as j
                                    where g.next = 1)
                                , again as (
                                    insert into {schema}.available
                                        (pos, job_id, lane, priority, attempt, rescues, again)
                                    select p.base + g.place - 1, g.job_id, j.lane, j.priority,
                                        g.next_attempt, g.rescues, true
                                    from p, gone as g, lateral (
                                        select lane, priority from {schema}.job
                                        where id = g.job_id limit 1) as j
                                    where g.next = 2)
                                , aside as (
                                    insert into {schema}.discarded
                                        (job_id, discarded_at, lane, attempt)
                                    select g.job_id, to_timestamp(g.ended::float8 / 1000000),
                                        j.lane, g.attempt
                                    from gone as g, lateral (
                                        select lane, priority from {schema}.job
                                        where id = g.job_id limit 1) as j
                                    where g.next = 3)
                                """
                                + PAST);
        String freed = Keys.freed("select job_id from gone where job_id = any (?::bigint[])");
        this.finished = sql.text(finishing + MISSING);
        this.finishedFreeing = sql.text(finishing + freed + MISSING);
        this.mixed = sql.text(mixing + MISSING);
        this.mixedFreeing = sql.text(mixing + freed + MISSING);
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
        if (endings.stream().anyMatch(Completions::waits)) {
            return apart(endings);
        }
        return sql.run(
                "record %d ended attempts".formatted(endings.size()),
                connection -> {
                    Set<JobClaim> written = write(connection, endings);
                    return written == null
                            ? endings.stream().map(e -> Recorded.RECORDED).toList()
                            : answers(connection, endings, written);
                });
    }

    /** Those that wait for a signal go last, each with its lock, in a transaction of their own. */
    private List<Recorded> apart(List<Ending> endings) {
        List<Recorded> others = complete(endings.stream().filter(e -> !waits(e)).toList());
        List<Ending> waiting = endings.stream().filter(Completions::waits).toList();
        List<Recorded> waits =
                sql.transaction(
                        "record %d waits".formatted(waiting.size()),
                        connection -> {
                            signals.lock(connection, waiting);
                            Set<JobClaim> written = writeWaiting(connection, sorted(waiting));
                            return written == null
                                    ? waiting.stream().map(e -> Recorded.RECORDED).toList()
                                    : answers(connection, waiting, written);
                        });
        var other = others.iterator();
        var wait = waits.iterator();
        return endings.stream().map(e -> waits(e) ? wait.next() : other.next()).toList();
    }

    private static boolean waits(Ending ending) {
        return ending.next() instanceof Ending.Next.Waiting;
    }

    private static List<Ending> sorted(List<Ending> endings) {
        return endings.stream().sorted(Comparator.comparingLong(Ending::jobId)).toList();
    }

    /** Records an ending in the caller's transaction; answers whether its claim was held. */
    boolean isWritten(Connection connection, Ending ending) throws SQLException {
        return write(connection, List.of(ending)) == null;
    }

    private @Nullable Set<JobClaim> write(Connection connection, List<Ending> endings)
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
        return write(connection, sorted, plain, freeing);
    }

    private @Nullable Set<JobClaim> writeWaiting(Connection connection, List<Ending> endings)
            throws SQLException {
        try (var statement = Sql.prepare(connection, signals.waitStatement())) {
            int at = details(statement, endings, common(statement, endings));
            at = JobSignals.fill(statement, endings, at);
            statement.setLong(at, endings.size());
            return written(statement, endings.size());
        }
    }

    /** The claims written when not all were; {@code null} when all were. */
    private @Nullable Set<JobClaim> write(
            Connection connection, List<Ending> endings, boolean plain, long[] freeing)
            throws SQLException {
        boolean frees = freeing.length > 0;
        String text = plain ? finished : mixed;
        if (frees) {
            text = plain ? finishedFreeing : mixedFreeing;
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
     */
    private List<Recorded> answers(
            Connection connection, List<Ending> endings, Set<JobClaim> written)
            throws SQLException {
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
