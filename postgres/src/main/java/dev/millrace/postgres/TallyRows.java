package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;
import dev.millrace.store.TallyStore;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What happened in queues: rows as they were sent, and sums by the minute and by the hour. Sums are
 * written by few, in the order of their key, so that no two of them wait for each other.
 */
final class TallyRows implements TallyStore {
    private static final List<ToLongFunction<Tally>> NUMBERS =
            List.of(
                    Tally::enqueued,
                    Tally::delayed,
                    Tally::completed,
                    Tally::failed,
                    Tally::discarded,
                    Tally::cancelled,
                    Tally::runs,
                    Tally::runMillis);
    private static final String COLUMNS =
            "enqueued, delayed, completed, failed, discarded, cancelled, runs, run_millis";
    private static final String SUMS =
            """
            sum(enqueued)::bigint as enqueued, sum(delayed)::bigint as delayed,
            sum(completed)::bigint as completed, sum(failed)::bigint as failed,
            sum(discarded)::bigint as discarded, sum(cancelled)::bigint as cancelled,
            sum(runs)::bigint as runs, sum(run_millis)::bigint as run_millis
            """;

    private final Sql sql;
    private final String append;
    private final String look;
    private final String byMinute;
    private final String byHour;
    private final String drop;

    TallyRows(Sql sql) {
        this.sql = sql;
        this.append =
                text(
                        """
                        insert into {schema}.tally_delta (minute, queue, {columns})
                        select * from unnest(?::bigint[], ?::text[], ?::bigint[], ?::bigint[],
                            ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
                            ?::bigint[])
                        """);
        this.look =
                text(
                        """
                        select minute / ?::bigint * ?::bigint as bucket, queue, {sums} from (
                            select minute, queue, {columns} from {schema}.tally_delta
                            where minute >= ? and minute < ?
                            union all
                            select minute, queue, {columns} from {schema}.tally
                            where span in (1, 60) and minute >= ? and minute < ?) as t
                        where ?::text is null or queue = ?
                        group by 1, queue order by 1, queue collate "C"
                        """);
        String addUp =
                """
                , up as (
                    insert into {schema}.tally as t (span, minute, queue, {columns})
                    select span, minute, queue, {sums} from gone
                    group by span, minute, queue order by minute, queue collate "C"
                    on conflict (span, minute, queue) do update set
                            enqueued = t.enqueued + excluded.enqueued,
                            delayed = t.delayed + excluded.delayed,
                            completed = t.completed + excluded.completed,
                            failed = t.failed + excluded.failed,
                            discarded = t.discarded + excluded.discarded,
                            cancelled = t.cancelled + excluded.cancelled,
                            runs = t.runs + excluded.runs,
                            run_millis = t.run_millis + excluded.run_millis)
                select count(*) from gone
                """;
        this.byMinute =
                text(
                        """
                        with gone as (
                            delete from {schema}.tally_delta where ctid = any (array(
                                select ctid from {schema}.tally_delta where minute < ?
                                order by minute limit ? for update skip locked))
                            returning 1 as span, minute, queue, {columns})
                        """
                                + addUp);
        this.byHour =
                text(
                        """
                        with gone as (
                            delete from {schema}.tally where ctid = any (array(
                                select ctid from {schema}.tally where span = 1 and minute < ?
                                order by minute, queue limit ? for update skip locked))
                            returning 60 as span, minute / 60 * 60 as minute, queue, {columns})
                        """
                                + addUp);
        this.drop =
                text(
                        """
                        with gone as (
                            delete from {schema}.tally where ctid = any (array(
                                select ctid from {schema}.tally where span = 60 and minute < ?
                                order by minute, queue limit ? for update skip locked))
                            returning 1)
                        select count(*) from gone
                        """);
    }

    private String text(String template) {
        return sql.text(template.replace("{columns}", COLUMNS).replace("{sums}", SUMS.strip()));
    }

    @Override
    public void add(List<Tally> deltas) {
        List<Tally> all = Tally.few(deltas);
        if (all.isEmpty()) {
            return;
        }
        sql.run(
                "add %d tallies".formatted(all.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, append)) {
                        int at = 1;
                        statement.setObject(
                                at++, all.stream().mapToLong(t -> minute(t.at())).toArray());
                        statement.setObject(
                                at++, all.stream().map(Tally::queue).toArray(String[]::new));
                        for (ToLongFunction<Tally> number : NUMBERS) {
                            statement.setObject(at++, all.stream().mapToLong(number).toArray());
                        }
                        return statement.executeUpdate();
                    }
                });
    }

    @Override
    public List<Tally> sums(TallyRange range) {
        return sql.run(
                "sum tallies",
                connection -> {
                    try (var statement = Sql.prepare(connection, look)) {
                        int at = 1;
                        statement.setLong(at++, range.bucket().toMinutes());
                        statement.setLong(at++, range.bucket().toMinutes());
                        statement.setLong(at++, range.firstMinute());
                        statement.setLong(at++, range.endMinute());
                        statement.setLong(at++, range.firstMinute());
                        statement.setLong(at++, range.endMinute());
                        statement.setString(at++, range.queue());
                        statement.setString(at, range.queue());
                        var found = new ArrayList<Tally>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.add(tally(rows));
                            }
                        }
                        return found;
                    }
                });
    }

    private static Tally tally(ResultSet row) throws SQLException {
        return new Tally(
                row.getString("queue"),
                Instant.ofEpochSecond(row.getLong("bucket") * 60),
                row.getLong("enqueued"),
                row.getLong("delayed"),
                row.getLong("completed"),
                row.getLong("failed"),
                row.getLong("discarded"),
                row.getLong("cancelled"),
                row.getLong("runs"),
                row.getLong("run_millis"));
    }

    @Override
    public int compact(TallyRules rules, int max) {
        if (max < 1 || max > Tally.MOST_AT_ONCE) {
            throw MillraceException.invalid(
                    "a step takes 1 to %d tallies, got %d; nothing was done"
                            .formatted(Tally.MOST_AT_ONCE, max));
        }
        return step(byMinute, rules.sumBefore(), max)
                + step(byHour, rules.hoursBefore(), max)
                + step(drop, rules.dropBefore(), max);
    }

    private int step(String text, Instant before, int max) {
        return sql.run("sum old tallies", connection -> step(connection, text, before, max));
    }

    private static int step(Connection connection, String text, Instant before, int max)
            throws SQLException {
        try (var statement = Sql.prepare(connection, text)) {
            statement.setLong(1, minute(before));
            statement.setInt(2, max);
            try (var row = statement.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    private static long minute(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), 60L);
    }
}
