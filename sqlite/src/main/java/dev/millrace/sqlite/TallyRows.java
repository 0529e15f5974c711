package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.MillraceException;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;
import dev.millrace.store.TallyStore;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What happened in queues: rows as they were sent, and sums by the minute and by the hour. */
final class TallyRows implements TallyStore {
    private static final String COLUMNS =
            "enqueued, delayed, completed, failed, discarded, cancelled, runs, run_millis";
    private static final String SUMS =
            """
            sum(enqueued), sum(delayed), sum(completed), sum(failed), sum(discarded),
            sum(cancelled), sum(runs), sum(run_millis)\
            """;
    private static final String APPEND =
            "INSERT INTO tally_delta (minute, queue, %s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    .formatted(COLUMNS);
    private static final String LOOK =
            """
            SELECT minute / ?1 * ?1 AS bucket, queue, %1$s FROM (
              SELECT minute, queue, %2$s FROM tally_delta WHERE minute >= ?2 AND minute < ?3
              UNION ALL
              SELECT minute, queue, %2$s FROM tally
              WHERE span IN (1, 60) AND minute >= ?2 AND minute < ?3)
            WHERE ?4 IS NULL OR queue = ?4
            GROUP BY bucket, queue ORDER BY bucket, queue\
            """
                    .formatted(SUMS, COLUMNS);

    /** Adds what a statement selects to the sums. */
    private static final String ADD_UP =
            """
            INSERT INTO tally (span, minute, queue, %s) %%s
            ON CONFLICT (span, minute, queue) DO UPDATE SET
                enqueued = tally.enqueued + excluded.enqueued,
                delayed = tally.delayed + excluded.delayed,
                completed = tally.completed + excluded.completed,
                failed = tally.failed + excluded.failed,
                discarded = tally.discarded + excluded.discarded,
                cancelled = tally.cancelled + excluded.cancelled,
                runs = tally.runs + excluded.runs,
                run_millis = tally.run_millis + excluded.run_millis\
            """
                    .formatted(COLUMNS);

    private static final String BY_MINUTE =
            ADD_UP.formatted(
                    """
                    SELECT 1, minute, queue, %s FROM (
                      SELECT * FROM tally_delta WHERE minute < ? ORDER BY minute, id LIMIT ?)
                    WHERE true GROUP BY minute, queue\
                    """
                            .formatted(SUMS));
    private static final String FORGET_DELTAS =
            """
            DELETE FROM tally_delta WHERE id IN (
              SELECT id FROM tally_delta WHERE minute < ? ORDER BY minute, id LIMIT ?)\
            """;
    private static final String BY_HOUR =
            ADD_UP.formatted(
                    """
                    SELECT 60, minute / 60 * 60 AS hour, queue, %s FROM (
                      SELECT * FROM tally WHERE span = 1 AND minute < ?
                      ORDER BY minute, queue LIMIT ?)
                    WHERE true GROUP BY hour, queue\
                    """
                            .formatted(SUMS));
    private static final String FORGET =
            """
            DELETE FROM tally WHERE (span, minute, queue) IN (
              SELECT span, minute, queue FROM tally WHERE span = ? AND minute < ?
              ORDER BY minute, queue LIMIT ?)\
            """;

    private final SqliteWriter writer;
    private final SqliteReaders readers;

    TallyRows(SqliteWriter writer, SqliteReaders readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public void add(List<Tally> deltas) {
        var all = Tally.few(deltas);
        if (all.isEmpty()) {
            return;
        }
        writer.<@Nullable Void>run(
                "adding tallies",
                Durability.OS,
                transaction -> {
                    var append = transaction.session().prepare(APPEND);
                    for (var delta : all) {
                        append(append, delta);
                    }
                    return null;
                });
    }

    private static void append(PreparedStatement append, Tally delta) throws SQLException {
        int at = 1;
        append.setLong(at++, minute(delta.at()));
        append.setString(at++, delta.queue());
        append.setLong(at++, delta.enqueued());
        append.setLong(at++, delta.delayed());
        append.setLong(at++, delta.completed());
        append.setLong(at++, delta.failed());
        append.setLong(at++, delta.discarded());
        append.setLong(at++, delta.cancelled());
        append.setLong(at++, delta.runs());
        append.setLong(at, delta.runMillis());
        append.executeUpdate();
    }

    @Override
    public List<Tally> sums(TallyRange range) {
        return readers.look(
                "tallies",
                session -> {
                    var look = session.prepare(LOOK);
                    look.setLong(1, range.bucket().toMinutes());
                    look.setLong(2, range.firstMinute());
                    look.setLong(3, range.endMinute());
                    look.setString(4, range.queue());
                    var found = new ArrayList<Tally>();
                    try (var rows = look.executeQuery()) {
                        while (rows.next()) {
                            int at = 1;
                            var minute = Instant.ofEpochSecond(rows.getLong(at++) * 60);
                            found.add(
                                    new Tally(
                                            rows.getString(at++),
                                            minute,
                                            rows.getLong(at++),
                                            rows.getLong(at++),
                                            rows.getLong(at++),
                                            rows.getLong(at++),
                                            rows.getLong(at++),
                                            rows.getLong(at++),
                                            rows.getLong(at++),
                                            rows.getLong(at)));
                        }
                    }
                    return found;
                });
    }

    @Override
    public int compact(TallyRules rules, int max) {
        if (max < 1 || max > Tally.MOST_AT_ONCE) {
            throw MillraceException.invalid(
                    "a step takes 1 to %d tallies, got %d; nothing was done"
                            .formatted(Tally.MOST_AT_ONCE, max));
        }
        return writer.run(
                "summing tallies",
                Durability.OS,
                transaction -> {
                    var session = transaction.session();
                    long sum = minute(rules.sumBefore());
                    long hours = minute(rules.hoursBefore());
                    session.update(BY_MINUTE, sum, max);
                    int gone = session.update(FORGET_DELTAS, sum, max);
                    session.update(BY_HOUR, hours, max);
                    gone += session.update(FORGET, 1, hours, max);
                    return gone + session.update(FORGET, 60, minute(rules.dropBefore()), max);
                });
    }

    private static long minute(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), 60L);
    }
}
