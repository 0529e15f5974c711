package dev.millrace.postgres;

import java.time.Instant;
import java.util.Optional;

/**
 * Who holds which key. A key held while its job is live is freed by whatever ends the job; that
 * step never waits for a key row that a transaction still open has locked, so a row may outlive its
 * job. Such a row counts as free.
 */
final class Keys {
    /** Whether the row {@code k} is held by a job that has come to rest or is gone. */
    static final String IS_LEFT_OVER =
            """
            k.until is null and (
                not exists (select from {schema}.job as j where j.id = k.job_id)
                or exists (select from {schema}.discarded as d where d.job_id = k.job_id)
                or exists (select from {schema}.history as h
                    where h.job_id = k.job_id and h.outcome in (1, 2, 8, 9)))
            """;

    private final Sql sql;
    private final String holder;

    Keys(Sql sql) {
        this.sql = sql;
        this.holder =
                sql.text(
                        """
                        select k.job_id from {schema}.key_hold as k
                        where k.scope = 0 and k.key = ?
                            and (k.until is null or k.until > to_timestamp(?::float8 / 1000000))
                            and not (
                        """
                                + IS_LEFT_OVER
                                + ")");
    }

    /**
     * A part of a statement, with its comma in front, that deletes the keys held while live of some
     * jobs, at most one each.
     *
     * @param jobs selects their {@code job_id}
     */
    static String freed(String jobs) {
        return """
        , freed as (
            delete from {schema}.key_hold where ctid = any (array(
                select k.ctid from {schema}.key_hold as k
                where k.ctid = any (array(
                    select x.tid from ({jobs}) as e, lateral (
                        select k.ctid as tid from {schema}.key_hold as k
                        where k.job_id = e.job_id and k.until is null limit 1) as x))
                order by k.scope, k.key for update skip locked)))
        """
                .replace("{jobs}", jobs);
    }

    Optional<Long> holder(String key, Instant now) {
        return sql.run(
                "look up the holder of key '%s'".formatted(key),
                connection -> {
                    try (var statement = Sql.prepare(connection, holder)) {
                        statement.setString(1, key);
                        statement.setLong(2, Sql.micros(now));
                        try (var row = statement.executeQuery()) {
                            return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
                        }
                    }
                });
    }
}
