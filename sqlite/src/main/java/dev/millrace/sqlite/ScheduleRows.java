package dev.millrace.sqlite;

import dev.millrace.job.MillraceException;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.DueSchedules;
import dev.millrace.store.NewJob;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.ScheduleTerms;
import dev.millrace.store.Stepped;
import dev.millrace.store.Tick;
import dev.millrace.store.TickRow;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Schedules and their ticks. */
final class ScheduleRows implements ScheduleStore {
    private static final String COLUMNS =
            """
            s.id, s.name, s.declared, s.version, s.queue, s.kind, s.definition, s.created_at,
            s.changed_at, t.revision, t.paused, t.due_at, t.next_at, t.awaited, t.queued_at,
            t.last_at, t.last_job\
            """;
    private static final String ROWS =
            "SELECT %s FROM schedule s JOIN schedule_state t ON t.schedule_id = s.id "
                    .formatted(COLUMNS);
    private static final String FIND = ROWS + "WHERE s.name = ?";
    private static final String LIST =
            ROWS + "WHERE s.name > ? AND s.name >= ? AND s.name < ? ORDER BY s.name LIMIT ?";
    private static final String DUE =
            """
            SELECT %s FROM schedule_state t CROSS JOIN schedule s ON s.id = t.schedule_id
            WHERE t.paused = 0 AND t.due_at <= ? ORDER BY t.due_at, t.schedule_id LIMIT ?\
            """
                    .formatted(COLUMNS);
    private static final String NEXT =
            """
            SELECT due_at FROM schedule_state WHERE paused = 0 AND due_at > ?
            ORDER BY due_at LIMIT 1\
            """;
    private static final String MAKE =
            """
            INSERT OR IGNORE INTO schedule
              (created_at, version, declared, queue, kind, definition, name, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?1)\
            """;
    private static final String CHANGE =
            """
            UPDATE schedule SET changed_at = ?1, version = ?2, declared = ?3, queue = ?4,
              kind = ?5, definition = ?6
            WHERE name = ?7\
            """;
    private static final String ID = "SELECT id FROM schedule WHERE name = ?";
    private static final String FIRST =
            """
            INSERT INTO schedule_state (revision, paused, due_at, next_at, awaited, queued_at,
              last_at, last_job, schedule_id)
            VALUES (?1 + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)\
            """;
    private static final String STEP =
            """
            UPDATE schedule_state SET revision = ?1 + 1, paused = ?2, due_at = ?3, next_at = ?4,
              awaited = ?5, queued_at = ?6, last_at = ?7, last_job = ?8
            WHERE schedule_id = ?9 AND revision = ?1\
            """;
    private static final String TICK =
            "INSERT OR IGNORE INTO tick (schedule_id, at, job_id, triggered) VALUES (?, ?, ?, ?)";
    private static final String FORGET_STATE = "DELETE FROM schedule_state WHERE schedule_id = ?";
    private static final String FORGET = "DELETE FROM schedule WHERE id = ?";
    private static final String ENDED =
            "UPDATE schedule_state SET due_at = ?1 WHERE awaited = ?2 AND due_at > ?1";
    private static final String KEPT = "SELECT 1 FROM job WHERE id = ?";
    private static final String TICKS =
            """
            SELECT at, job_id, triggered FROM tick WHERE schedule_id = ? AND at < ?
            ORDER BY at DESC LIMIT ?\
            """;
    private static final String PRUNE_TICKS =
            """
            DELETE FROM tick WHERE (schedule_id, at) IN (
              SELECT schedule_id, at FROM tick WHERE at < ? ORDER BY at LIMIT ?)\
            """;
    private static final String OVER =
            """
            SELECT t.schedule_id FROM schedule_state t CROSS JOIN schedule s ON s.id = t.schedule_id
            WHERE t.due_at IS NULL AND t.paused = 0 AND coalesce(t.last_at, 0) < ?
              AND s.changed_at < ? AND s.declared = 0
            LIMIT ?\
            """;

    private final SqliteWriter writer;
    private final SqliteReaders readers;

    ScheduleRows(SqliteWriter writer, SqliteReaders readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public List<Boolean> put(List<SchedulePut> puts) {
        few("schedules are stored", puts.size());
        if (puts.isEmpty()) {
            return List.of();
        }
        var copy = List.copyOf(puts);
        return writer.run(
                "storing schedules",
                transaction -> {
                    var answers = new ArrayList<Boolean>(copy.size());
                    for (var put : copy) {
                        answers.add(put(transaction.session(), put));
                    }
                    announce(transaction);
                    return answers;
                });
    }

    private static boolean put(Session session, SchedulePut put) throws SQLException {
        boolean isNew = put.state().revision() == 0;
        if (isNew) {
            if (terms(session.prepare(MAKE), put).executeUpdate() == 0) {
                return false;
            }
            return state(session.prepare(FIRST), put.state(), id(session, put.name()))
                            .executeUpdate()
                    == 1;
        }
        boolean stands =
                state(session.prepare(STEP), put.state(), id(session, put.name())).executeUpdate()
                        == 1;
        return stands && terms(session.prepare(CHANGE), put).executeUpdate() == 1;
    }

    private static PreparedStatement terms(PreparedStatement statement, SchedulePut put)
            throws SQLException {
        ScheduleTerms terms = put.terms();
        statement.setLong(1, Moments.micros(put.at()));
        statement.setInt(2, terms.version());
        statement.setInt(3, terms.declared() ? 1 : 0);
        statement.setString(4, terms.queue());
        statement.setString(5, terms.kind());
        statement.setString(6, terms.definition());
        statement.setString(7, put.name());
        return statement;
    }

    private static PreparedStatement state(
            PreparedStatement statement, ScheduleState state, long scheduleId) throws SQLException {
        statement.setLong(1, state.revision());
        statement.setInt(2, state.paused() ? 1 : 0);
        moment(statement, 3, state.dueAt());
        moment(statement, 4, state.nextAt());
        number(statement, 5, state.awaited());
        moment(statement, 6, state.queuedAt());
        moment(statement, 7, state.lastAt());
        number(statement, 8, state.lastJob());
        statement.setLong(9, scheduleId);
        return statement;
    }

    private static void moment(PreparedStatement statement, int place, @Nullable Instant at)
            throws SQLException {
        number(statement, place, at == null ? null : Moments.micros(at));
    }

    private static void number(PreparedStatement statement, int place, @Nullable Long number)
            throws SQLException {
        if (number == null) {
            statement.setNull(place, Types.INTEGER);
        } else {
            statement.setLong(place, number);
        }
    }

    /** The id of a schedule; 0 for none. */
    private static long id(Session session, String name) throws SQLException {
        var find = session.prepare(ID);
        find.setString(1, name);
        try (var row = find.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /** Has listeners everywhere look, at schedules too. */
    private static void announce(Transaction transaction) throws SQLException {
        transaction.take(Counter.POSITION, 1);
    }

    @Override
    public Optional<ScheduleRow> find(String name) {
        return readers.look(
                "schedule",
                session -> {
                    var find = session.prepare(FIND);
                    find.setString(1, name);
                    return rows(find).stream().findFirst();
                });
    }

    @Override
    public List<ScheduleRow> list(String prefix, @Nullable String after, int limit) {
        few("schedules are listed", limit);
        return readers.look(
                "schedules",
                session -> {
                    var list = session.prepare(LIST);
                    list.setString(1, after == null ? "" : after);
                    list.setString(2, prefix);
                    list.setString(3, prefix + "~");
                    list.setInt(4, limit);
                    return rows(list);
                });
    }

    @Override
    public boolean remove(String name) {
        return writer.run(
                "removing a schedule",
                transaction -> {
                    var session = transaction.session();
                    long id = id(session, name);
                    session.update(FORGET_STATE, id);
                    return session.update(FORGET, id) == 1;
                });
    }

    @Override
    public DueSchedules due(Instant now, int max) {
        few("schedules are looked at", max);
        return readers.look(
                "due schedules",
                session -> {
                    long at = Moments.micros(now);
                    var due = session.prepare(DUE);
                    due.setLong(1, at);
                    due.setInt(2, max);
                    var found = rows(due);
                    long next = session.number(-1, NEXT, at);
                    return new DueSchedules(found, next < 0 ? null : Moments.instant(next));
                });
    }

    @Override
    public List<Stepped> step(List<ScheduleStep> steps) {
        few("schedules step", steps.size());
        if (steps.isEmpty()) {
            return List.of();
        }
        var copy = List.copyOf(steps);
        return writer.run(
                "stepping schedules",
                transaction -> {
                    var jobs = new ArrayList<NewJob>();
                    var answers = new ArrayList<Stepped>(copy.size());
                    for (var step : copy) {
                        answers.add(step(transaction.session(), step, jobs));
                    }
                    if (!jobs.isEmpty()) {
                        new Enqueue(List.copyOf(jobs), false).run(transaction);
                    }
                    announce(transaction);
                    return answers;
                });
    }

    private static Stepped step(Session session, ScheduleStep step, List<NewJob> jobs)
            throws SQLException {
        var change = state(session.prepare(STEP), step.state(), step.scheduleId());
        if (change.executeUpdate() == 0) {
            return Stepped.NOT;
        }
        var ids = new ArrayList<Long>();
        for (Tick tick : step.ticks()) {
            NewJob job = tick.job();
            var insert = session.prepare(TICK);
            insert.setLong(1, step.scheduleId());
            insert.setLong(2, Moments.micros(tick.at()));
            number(insert, 3, job == null ? null : job.id());
            insert.setInt(4, tick.triggered() ? 1 : 0);
            if (insert.executeUpdate() == 1 && job != null) {
                jobs.add(job);
                ids.add(job.id());
            }
        }
        return new Stepped(true, ids);
    }

    @Override
    public int ended(Collection<Long> jobIds, Instant now) {
        few("jobs have ended", jobIds.size());
        var copy = List.copyOf(jobIds);
        return writer.run(
                "looking at schedules",
                transaction -> {
                    int found = 0;
                    for (long job : copy) {
                        found += transaction.session().update(ENDED, Moments.micros(now), job);
                    }
                    if (found > 0) {
                        announce(transaction);
                    }
                    return found;
                });
    }

    @Override
    public Set<Long> kept(Collection<Long> jobIds) {
        few("jobs are looked for", jobIds.size());
        return readers.look(
                "kept jobs",
                session -> {
                    var found = new HashSet<Long>();
                    for (long job : jobIds) {
                        if (session.number(0, KEPT, job) == 1) {
                            found.add(job);
                        }
                    }
                    return found;
                });
    }

    @Override
    public List<TickRow> ticks(long scheduleId, @Nullable Instant before, int limit) {
        few("ticks are listed", limit);
        return readers.look(
                "ticks",
                session -> {
                    long end = before == null ? Long.MAX_VALUE : Moments.micros(before);
                    var found = new ArrayList<TickRow>();
                    try (var rows = session.query(TICKS, scheduleId, end, limit)) {
                        while (rows.next()) {
                            var at = Moments.instant(rows.getLong(1));
                            long job = rows.getLong(2);
                            @Nullable Long jobId = rows.wasNull() ? null : job;
                            found.add(new TickRow(at, jobId, rows.getInt(3) == 1));
                        }
                    }
                    return found;
                });
    }

    @Override
    public int prune(Instant before, int max) {
        few("rows are pruned", max);
        return writer.run(
                "pruning ticks",
                transaction -> {
                    var session = transaction.session();
                    long end = Moments.micros(before);
                    int gone = session.update(PRUNE_TICKS, end, max);
                    var over = new ArrayList<Long>();
                    try (var rows = session.query(OVER, end, end, max)) {
                        while (rows.next()) {
                            over.add(rows.getLong(1));
                        }
                    }
                    for (long id : over) {
                        session.update(FORGET_STATE, id);
                        gone += session.update(FORGET, id);
                    }
                    return gone;
                });
    }

    private static List<ScheduleRow> rows(PreparedStatement statement) throws SQLException {
        var found = new ArrayList<ScheduleRow>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(row(rows));
            }
        }
        return found;
    }

    private static ScheduleRow row(ResultSet row) throws SQLException {
        int at = 1;
        long id = row.getLong(at++);
        String name = row.getString(at++);
        boolean declared = row.getInt(at++) == 1;
        var terms =
                new ScheduleTerms(
                        declared,
                        row.getInt(at++),
                        row.getString(at++),
                        row.getString(at++),
                        row.getString(at++));
        var createdAt = Moments.instant(row.getLong(at++));
        var changedAt = Moments.instant(row.getLong(at++));
        var state =
                new ScheduleState(
                        row.getLong(at++),
                        row.getInt(at++) == 1,
                        moment(row, at++),
                        moment(row, at++),
                        number(row, at++),
                        moment(row, at++),
                        moment(row, at++),
                        number(row, at));
        return new ScheduleRow(id, name, terms, createdAt, changedAt, state);
    }

    private static @Nullable Instant moment(ResultSet row, int place) throws SQLException {
        Long micros = number(row, place);
        return micros == null ? null : Moments.instant(micros);
    }

    private static @Nullable Long number(ResultSet row, int place) throws SQLException {
        long number = row.getLong(place);
        return row.wasNull() ? null : number;
    }

    private static void few(String what, int count) {
        if (count > MOST) {
            throw MillraceException.invalid(
                    "%s at most %d at once, got %d; nothing was done".formatted(what, MOST, count));
        }
    }
}
