package dev.millrace.postgres;

import dev.millrace.job.Durability;
import dev.millrace.store.IdBlock;
import dev.millrace.store.NewJob;

import org.postgresql.PGConnection;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/**
 * How jobs come in: one by plain parameters, some by arrays, many by COPY. One or some are one
 * statement and one round trip.
 */
final class Enqueues {
    private static final int MOST = 10_000;
    private static final int COPY_FROM = 200;
    private static final int BLOCK = 32;
    private static final int MOST_IDS = 100_000;

    /** The commit does not wait for the disk. */
    static final String NO_WAIT = "set local synchronous_commit = off";

    private final Sql sql;
    private final Lanes lanes;

    private final String reserveFew;
    private final String reserveMany;
    private final String oneNow;
    private final String oneLater;
    private final String someNow;
    private final String some;
    private final String someAgain;
    private final String position;
    private final String copyJobs;
    private final String copyAvailable;
    private final String copyScheduled;
    private final String copyExpiry;

    Enqueues(Sql sql, Lanes lanes) {
        this.sql = sql;
        this.lanes = lanes;
        // A transaction id makes the commit wait for the disk: no crash hands an id out twice.
        this.reserveFew =
                sql.text(
                        """
                        select nextval('{schema}.job_id_block'), 1, pg_current_xact_id()
                        from (select pg_advisory_xact_lock_shared(?) offset 0) as shared
                        where ? = 1
                        """);
        this.reserveMany =
                sql.text(
                        """
                        with locked as materialized (select pg_advisory_xact_lock(?))
                        select min(block), count(*), pg_current_xact_id()
                        from (
                            select nextval('{schema}.job_id_block') as block
                            from locked, generate_series(1, ?)) as blocks
                        """);
        this.oneNow =
                sql.text(
                        """
                        with p as (select nextval('{schema}.position') << 16 as pos),
                        body as (
                            insert into {schema}.job
                                (id, pos, created_at, lane, priority, max_attempts, payload, retry, tags, terms)
                            select ?, pos, to_timestamp(?::float8 / 1000000), ?, ?, ?, ?, ?, ?, ? from p
                            returning id, pos, lane, priority)
                        insert into {schema}.available
                            (pos, job_id, lane, priority, attempt, rescues, again)
                        select pos, id, lane, priority, 1, 0, false from body
                        """);
        this.oneLater =
                sql.text(
                        """
                        with body as (
                            insert into {schema}.job
                                (id, pos, created_at, lane, priority, max_attempts, payload, retry, tags, terms)
                            values (?, 0, to_timestamp(?::float8 / 1000000), ?, ?, ?, ?, ?, ?, ?)
                            returning id, lane, priority)
                        insert into {schema}.scheduled
                            (run_at, job_id, lane, priority, attempt, rescues, backing_off)
                        select to_timestamp(?::float8 / 1000000), id, lane, priority, 1, 0, false
                        from body
                        """);
        String input =
                """
                with p as materialized (select nextval('{schema}.position') << 16 as base),
                i as materialized (
                    select i.*, case when i.run_at = 0 then p.base + i.place - 1 else 0 end as pos
                    from p, unnest(
                        ?::bigint[], ?::bigint[], ?::int[], ?::smallint[], ?::smallint[],
                        ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[]{expires})
                        with ordinality
                        as i(id, created_at, lane, priority, max_attempts, payload, retry, tags,
                            terms, run_at{expires-at}, place)),
                body as (
                    insert into {schema}.job
                        (id, pos, created_at, lane, priority, max_attempts, payload, retry, tags, terms)
                    select id, pos, to_timestamp(created_at::float8 / 1000000), lane, priority,
                        max_attempts, payload, retry, tags, terms
                    from i
                """;
        String available =
                """
                insert into {schema}.available
                    (pos, job_id, lane, priority, attempt, rescues, again)
                select pos, id, lane, priority, 1, 0, false from i where run_at = 0
                """;
        String scheduled =
                """
                later as (
                    insert into {schema}.scheduled
                        (run_at, job_id, lane, priority, attempt, rescues, backing_off)
                    select to_timestamp(run_at::float8 / 1000000), id, lane, priority, 1, 0, false
                    from i where run_at <> 0
                """;
        String expiring =
                """
                ),
                ends as (
                    insert into {schema}.expiry (expires_at, job_id)
                    select to_timestamp(expires_at::float8 / 1000000), id
                    from i where expires_at <> 0
                """;
        String timed =
                input.replace("{expires}", ", ?::bigint[]").replace("{expires-at}", ", expires_at");
        this.someNow =
                sql.text(
                        input.replace("{expires}", "").replace("{expires-at}", "")
                                + ")\n"
                                + available);
        this.some = sql.text(timed + "),\n" + scheduled + expiring + ")\n" + available);
        String fresh = " and id in (select id from body)\n";
        this.someAgain =
                sql.text(
                        timed
                                + "on conflict (id) do nothing returning id),\n"
                                + scheduled
                                + fresh
                                + expiring
                                + fresh
                                + ")\n"
                                + available
                                + fresh);
        this.position = sql.text("select nextval('{schema}.position') << 16");
        this.copyJobs =
                sql.text(
                        """
                        copy {schema}.job
                            (id, pos, created_at, lane, priority, max_attempts, payload, retry, tags, terms)
                        from stdin (format binary)
                        """);
        this.copyAvailable =
                sql.text(
                        """
                        copy {schema}.available
                            (pos, job_id, lane, priority, attempt, rescues, again)
                        from stdin (format binary)
                        """);
        this.copyExpiry =
                sql.text(
                        """
                        copy {schema}.expiry (expires_at, job_id) from stdin (format binary)
                        """);
        this.copyScheduled =
                sql.text(
                        """
                        copy {schema}.scheduled
                            (run_at, job_id, lane, priority, attempt, rescues, backing_off)
                        from stdin (format binary)
                        """);
    }

    IdBlock reserve(int count) {
        if (count < 1 || count > MOST_IDS) {
            throw new IllegalArgumentException(
                    "count must be 1 to %d, got %d".formatted(MOST_IDS, count));
        }
        int blocks = (count + BLOCK - 1) / BLOCK;
        return sql.run(
                "reserve job ids",
                connection -> {
                    String text = blocks == 1 ? reserveFew : reserveMany;
                    try (var statement = Sql.prepare(connection, text)) {
                        statement.setLong(1, sql.schema().idLock());
                        statement.setInt(2, blocks);
                        try (var row = statement.executeQuery()) {
                            row.next();
                            return new IdBlock((row.getLong(1) - 1) * BLOCK + 1, count);
                        }
                    }
                });
    }

    /** Accepts jobs in a transaction of their own, which waits for the disk if one asks for it. */
    void enqueue(List<NewJob> jobs, boolean resend) {
        if (jobs.isEmpty()) {
            return;
        }
        prepare(jobs);
        String what = "enqueue of %d jobs".formatted(jobs.size());
        if (durability(jobs) == Durability.MEMORY) {
            sql.transaction(
                    what,
                    connection -> {
                        try (var statement = connection.createStatement()) {
                            statement.execute(NO_WAIT);
                        }
                        return write(connection, jobs, resend);
                    });
        } else if (isCopied(jobs, resend)) {
            sql.transaction(what, connection -> copy(connection, jobs));
        } else {
            sql.run(what, connection -> insert(connection, jobs, resend));
        }
    }

    /** The strongest that one of some jobs asks for. */
    static Durability durability(List<NewJob> jobs) {
        Durability strongest = Durability.MEMORY;
        for (NewJob job : jobs) {
            strongest = strongest.max(job.durability());
        }
        return strongest;
    }

    /** Writes jobs that {@link #prepare} has seen, in the transaction that is under way. */
    int write(Connection connection, List<NewJob> jobs, boolean resend) throws SQLException {
        return isCopied(jobs, resend) ? copy(connection, jobs) : insert(connection, jobs, resend);
    }

    private static boolean isCopied(List<NewJob> jobs, boolean resend) {
        return jobs.size() >= COPY_FROM && !resend;
    }

    /** Creates the lanes that are missing. */
    void prepare(List<NewJob> jobs) {
        if (jobs.size() > MOST) {
            throw new IllegalArgumentException(
                    "at most %d jobs at once, got %d".formatted(MOST, jobs.size()));
        }
        if (jobs.size() == 1) {
            lanes.ensure(List.of(lane(jobs.getFirst())));
        } else {
            lanes.ensure(jobs.stream().map(Enqueues::lane).distinct().toList());
        }
    }

    private static Lanes.Lane lane(NewJob job) {
        int gate = job.terms().keys().isEmpty() ? Lanes.OPEN : Lanes.GATE;
        return new Lanes.Lane(job.queue(), job.kind(), job.version(), gate);
    }

    private int insert(Connection connection, List<NewJob> jobs, boolean resend)
            throws SQLException {
        return jobs.size() == 1 && !resend && jobs.getFirst().terms().expiresAt() == null
                ? insertOne(connection, jobs.getFirst())
                : insertSome(connection, jobs, resend);
    }

    private int insertOne(Connection connection, NewJob job) throws SQLException {
        try (var statement = Sql.prepare(connection, job.isDelayed() ? oneLater : oneNow)) {
            statement.setLong(1, job.id());
            statement.setLong(2, Sql.micros(job.createdAt()));
            statement.setInt(3, lanes.id(lane(job)));
            statement.setShort(4, (short) job.priority());
            statement.setShort(5, (short) job.maxAttempts());
            statement.setString(6, Texts.withoutNul(job.payload()));
            statement.setString(7, RetryText.write(job.retry()));
            statement.setString(8, Texts.tags(job.tags()));
            statement.setString(9, job.terms().text());
            if (job.runAt() != null && job.isDelayed()) {
                statement.setLong(10, Sql.micros(job.runAt()));
            }
            return statement.executeUpdate();
        }
    }

    private int insertSome(Connection connection, List<NewJob> jobs, boolean resend)
            throws SQLException {
        int n = jobs.size();
        var ids = new long[n];
        var createdAt = new long[n];
        var laneIds = new int[n];
        var priorities = new short[n];
        var maxAttempts = new short[n];
        var payloads = new String[n];
        var retries = new String[n];
        var tags = new String[n];
        var terms = new String[n];
        var runAt = new long[n];
        var expiresAt = new long[n];
        boolean timed = resend;
        for (int i = 0; i < n; i++) {
            NewJob job = jobs.get(i);
            ids[i] = job.id();
            createdAt[i] = Sql.micros(job.createdAt());
            laneIds[i] = lanes.id(lane(job));
            priorities[i] = (short) job.priority();
            maxAttempts[i] = (short) job.maxAttempts();
            payloads[i] = Texts.withoutNul(job.payload());
            retries[i] = RetryText.write(job.retry());
            tags[i] = Texts.tags(job.tags());
            terms[i] = job.terms().text();
            if (job.runAt() != null && job.isDelayed()) {
                runAt[i] = Sql.micros(job.runAt());
                timed = true;
            }
            Instant expires = job.terms().expiresAt();
            if (expires != null) {
                expiresAt[i] = Sql.micros(expires);
                timed = true;
            }
        }
        String text = resend ? someAgain : timed ? some : someNow;
        try (var statement = Sql.prepare(connection, text)) {
            statement.setObject(1, ids);
            statement.setObject(2, createdAt);
            statement.setObject(3, laneIds);
            statement.setObject(4, priorities);
            statement.setObject(5, maxAttempts);
            statement.setObject(6, payloads);
            statement.setObject(7, retries);
            statement.setObject(8, tags);
            statement.setObject(9, terms);
            statement.setObject(10, runAt);
            if (timed) {
                statement.setObject(11, expiresAt);
            }
            return statement.executeUpdate();
        }
    }

    private int copy(Connection connection, List<NewJob> jobs) throws SQLException {
        long base;
        try (var statement = Sql.prepare(connection, position);
                var row = statement.executeQuery()) {
            row.next();
            base = row.getLong(1);
        }
        var bodies = new CopyRows(jobs.size() * 160);
        var now = new CopyRows(jobs.size() * 64);
        var later = new CopyRows(64);
        var ends = new CopyRows(64);
        int delayed = 0;
        int expiring = 0;
        for (int i = 0; i < jobs.size(); i++) {
            NewJob job = jobs.get(i);
            int lane = lanes.id(lane(job));
            long pos = 0;
            if (job.runAt() != null && job.isDelayed()) {
                delayed++;
                later.row(7).moment(Sql.micros(job.runAt())).int8(job.id()).int4(lane);
                later.int2(job.priority()).int2(1).int2(0).bool(false);
            } else {
                pos = base + i;
                now.row(7).int8(pos).int8(job.id()).int4(lane);
                now.int2(job.priority()).int2(1).int2(0).bool(false);
            }
            bodies.row(10).int8(job.id()).int8(pos).moment(Sql.micros(job.createdAt())).int4(lane);
            bodies.int2(job.priority()).int2(job.maxAttempts());
            bodies.text(Texts.withoutNul(job.payload()));
            bodies.text(RetryText.write(job.retry())).text(Texts.tags(job.tags()));
            bodies.text(job.terms().text());
            Instant expires = job.terms().expiresAt();
            if (expires != null) {
                expiring++;
                ends.row(2).moment(Sql.micros(expires)).int8(job.id());
            }
        }
        PGConnection driver = connection.unwrap(PGConnection.class);
        bodies.send(driver, copyJobs);
        if (delayed > 0) {
            later.send(driver, copyScheduled);
        }
        if (expiring > 0) {
            ends.send(driver, copyExpiry);
        }
        if (delayed < jobs.size()) {
            now.send(driver, copyAvailable);
        }
        return jobs.size();
    }
}
