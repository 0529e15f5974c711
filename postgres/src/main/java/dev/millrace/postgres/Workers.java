package dev.millrace.postgres;

import dev.millrace.job.KindVersion;
import dev.millrace.store.JobClaim;
import dev.millrace.store.RemoteTerms;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** The worker table: who is there and what each holds. */
final class Workers {
    private final Sql sql;
    private final Lifeline lifeline;
    private final String insert;
    private final String delete;
    private final String held;
    private final String drain;
    private final String all;

    Workers(Sql sql, Lifeline lifeline) {
        this.sql = sql;
        this.lifeline = lifeline;
        this.insert =
                sql.text(
                        """
                        insert into {schema}.worker (name, version, queues, beat, running, locked,
                            dead, started_at, last_beat_at, lease_millis, seal, caller, kinds)
                        select ?, ?, ?, 0, 0, false, false, s.at, s.at, ?, ?, ?, ?
                        from (select to_timestamp(?::float8 / 1000000) as at) as s
                        returning id
                        """);
        this.delete =
                sql.text(
                        """
                        delete from {schema}.worker as w where w.id = ? and (
                            select count(*) from (
                                select from {schema}.running as r where r.worker_id = w.id
                                order by r.worker_id, r.job_id limit 1) as one) = 0
                        """);
        this.held =
                sql.text(
                        """
                        select job_id, claim_id from {schema}.running
                        where worker_id = ? and job_id > ? order by job_id limit ?
                        """);
        this.drain =
                sql.text("update {schema}.worker set draining = true where id = ? and not dead");
        this.all = sql.text("select * from {schema}.worker order by id");
    }

    long insert(WorkerInfo info) {
        return lifeline.run(
                "register worker '%s'".formatted(info.name()),
                connection -> {
                    try (var statement = connection.prepareStatement(insert)) {
                        statement.setString(1, info.name());
                        statement.setString(2, info.version());
                        statement.setString(3, Texts.queues(info.queues()));
                        var remote = info.remote();
                        statement.setInt(4, remote == null ? 0 : (int) remote.lease().toMillis());
                        statement.setString(5, remote == null ? "" : remote.seal());
                        statement.setString(6, remote == null ? "" : remote.caller());
                        statement.setString(7, KindVersion.text(info.kinds()));
                        statement.setLong(8, Sql.micros(info.startedAt()));
                        try (var row = statement.executeQuery()) {
                            row.next();
                            return row.getLong(1);
                        }
                    }
                });
    }

    /** Forgets a worker that holds nothing; one that still holds jobs is left to its rescue. */
    void delete(long workerId) {
        lifeline.run(
                "deregister worker %d".formatted(workerId),
                connection -> {
                    try (var statement = connection.prepareStatement(delete)) {
                        statement.setLong(1, workerId);
                        return statement.executeUpdate();
                    }
                });
    }

    /** Answers whether it lives. */
    boolean drain(long workerId) {
        return sql.run(
                "drain worker %d".formatted(workerId),
                connection -> {
                    try (var statement = connection.prepareStatement(drain)) {
                        statement.setLong(1, workerId);
                        return statement.executeUpdate() == 1;
                    }
                });
    }

    private static @Nullable RemoteTerms remote(
            @Nullable Duration lease, String seal, String caller) {
        return lease == null ? null : new RemoteTerms(lease, seal, caller);
    }

    static @Nullable Duration lease(int millis) {
        return millis == 0 ? null : Duration.ofMillis(millis);
    }

    static @Nullable Instant moment(@Nullable OffsetDateTime moment) {
        return moment == null ? null : moment.toInstant();
    }

    List<JobClaim> held(long workerId, long afterJobId, int max) {
        return lifeline.run(
                "list jobs held by worker %d".formatted(workerId),
                connection -> {
                    try (var statement = Sql.prepare(connection, held)) {
                        statement.setLong(1, workerId);
                        statement.setLong(2, afterJobId);
                        statement.setInt(3, max);
                        var claims = new ArrayList<JobClaim>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                claims.add(new JobClaim(rows.getLong(1), rows.getLong(2)));
                            }
                        }
                        return claims;
                    }
                });
    }

    List<WorkerSnapshot> all() {
        return sql.run(
                "list workers",
                connection -> {
                    try (var statement = connection.prepareStatement(all);
                            var rows = statement.executeQuery()) {
                        var workers = new ArrayList<WorkerSnapshot>();
                        while (rows.next()) {
                            workers.add(
                                    new WorkerSnapshot(
                                            rows.getLong("id"),
                                            rows.getString("name"),
                                            rows.getString("version"),
                                            Texts.queues(rows.getString("queues")),
                                            rows.getInt("running"),
                                            rows.getInt("stuck"),
                                            Sql.instant(rows, "started_at"),
                                            Sql.instant(rows, "last_beat_at"),
                                            rows.getBoolean("dead"),
                                            rows.getBoolean("draining"),
                                            KindVersion.parse(rows.getString("kinds")),
                                            remote(
                                                    lease(rows.getInt("lease_millis")),
                                                    rows.getString("seal"),
                                                    rows.getString("caller"))));
                        }
                        return workers;
                    }
                });
    }
}
