package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.Names;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.Entrant;
import dev.millrace.store.Entrant.Place;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Jobs with keys: those at the gates stand in lanes of their own, those in lines in lanes below 0.
 * Moving them waits for no flush, as claiming does: a move undone by a power cut leaves its jobs
 * where they were.
 */
final class LimitRows implements LimitStore {
    private static final String LIMITS =
            "SELECT queue, definition FROM queue_limit WHERE definition <> ''";
    private static final String LIMIT =
            """
            INSERT INTO queue_limit (queue, definition, declared) VALUES (?, ?, '')
            ON CONFLICT (queue) DO UPDATE SET definition = excluded.definition\
            """;
    private static final String DECLARE =
            """
            INSERT INTO queue_limit (queue, definition, declared) VALUES (?1, ?2, ?2)
            ON CONFLICT (queue) DO UPDATE
            SET definition = excluded.definition, declared = excluded.declared
            WHERE declared <> excluded.declared\
            """;
    // one text for thousands of ids: each row would cost a call of the engine
    private static final String READY = "SELECT group_concat(job_id) FROM available WHERE lane = ?";
    private static final String RUNNING =
            "SELECT group_concat(job_id) FROM running WHERE limited < 0";
    private static final String FIRST =
            """
            SELECT a.job_id, a.rank, a.pos, j.lane, j.terms
            FROM available a JOIN job j ON j.id = a.job_id
            WHERE a.lane = ? ORDER BY a.rank, a.pos LIMIT ?\
            """;
    private static final String OLDEST =
            """
            SELECT a.job_id, a.rank, a.pos, j.lane, j.terms
            FROM available a JOIN job j ON j.id = a.job_id
            WHERE a.lane = ? AND a.rank = ? ORDER BY a.rank, a.pos LIMIT ?\
            """;
    private static final Comparator<Entrant> BY_AGE =
            Comparator.comparingLong(entrant -> entrant.place().pos());
    private static final String PAUSE =
            """
            INSERT INTO key_pause (queue, name, value, until) VALUES (?, ?, ?, ?)
            ON CONFLICT (queue, name, value) DO UPDATE SET until = max(until, excluded.until)\
            """;
    private static final String FORGET_PAUSES = "DELETE FROM key_pause WHERE until <= ?";
    private static final String PAUSED =
            "SELECT until, queue, name, value FROM key_pause WHERE until > ?";
    private static final String PAUSED_ONE =
            "SELECT until FROM key_pause WHERE queue = ? AND name = ? AND value = ?";
    private static final String KEYS = "SELECT lane, terms FROM job WHERE id = ?";
    private static final String FIND_LINE =
            "SELECT id FROM limit_line WHERE queue = ? AND name = ? AND value = ?";
    private static final String MAKE_LINE =
            "INSERT INTO limit_line (queue, name, value) VALUES (?, ?, ?) RETURNING id";
    private static final String LINES =
            "SELECT id, queue, name, value FROM limit_line WHERE id > ? ORDER BY id LIMIT ?";
    private static final String REMOVE_LINE =
            """
            DELETE FROM limit_line WHERE id = ?1
              AND NOT EXISTS (SELECT 1 FROM available WHERE lane = -?1)\
            """;
    private static final String IS_NOW =
            "SELECT 1 FROM lease WHERE name = '" + LEASE + "' AND epoch = ?";
    private static final String MOVE =
            """
            UPDATE available SET lane = ?5, pos = ?6, again = 1
            WHERE lane = ?1 AND rank = ?2 AND pos = ?3 AND job_id = ?4\
            """;
    private static final String HOLDING =
            """
            SELECT l.id, l.queue, l.name, l.value FROM available a JOIN limit_line l ON l.id = -a.lane
            WHERE a.again = 1 AND a.job_id = ?\
            """;

    private final SqliteWriter writer;
    private final SqliteReaders readers;
    private final Controls controls;

    LimitRows(SqliteWriter writer, SqliteReaders readers, Controls controls) {
        this.writer = writer;
        this.readers = readers;
        this.controls = controls;
    }

    @Override
    public Map<String, QueueLimits> limits() {
        return readers.look(
                "limits",
                session -> {
                    var found = new TreeMap<String, QueueLimits>();
                    try (var rows = session.prepare(LIMITS).executeQuery()) {
                        while (rows.next()) {
                            found.put(rows.getString(1), QueueLimits.of(rows.getString(2)));
                        }
                    }
                    return found;
                });
    }

    @Override
    public void limit(String queue, QueueLimits limits) {
        set(LIMIT, queue, limits);
    }

    @Override
    public void declare(String queue, QueueLimits limits) {
        set(DECLARE, queue, limits);
    }

    private void set(String sql, String queue, QueueLimits limits) {
        Names.check("queue", queue);
        writer.<@Nullable Void>run(
                "limit",
                transaction -> {
                    var statement = transaction.session().prepare(sql);
                    statement.setString(1, queue);
                    statement.setString(2, limits.text());
                    if (statement.executeUpdate() > 0) {
                        Controls.gate(transaction.session(), queue, limits.isGated());
                    }
                    transaction.take(Counter.POSITION, 1);
                    return null;
                });
        controls.forget();
    }

    @Override
    public void pause(LimitKey key, Instant until, Instant now) {
        writer.<@Nullable Void>run(
                "pause",
                transaction -> {
                    transaction.session().update(FORGET_PAUSES, Moments.micros(now));
                    var pause = transaction.session().prepare(PAUSE);
                    name(pause, key);
                    pause.setLong(4, Moments.micros(until));
                    pause.executeUpdate();
                    return null;
                });
    }

    private static void name(PreparedStatement statement, LimitKey key) throws SQLException {
        statement.setString(1, key.queue());
        statement.setString(2, key.name());
        statement.setString(3, key.value());
    }

    @Override
    public Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now) {
        return readers.look(
                "pauses",
                session -> {
                    var found = new HashMap<LimitKey, Instant>();
                    for (var key : keys) {
                        var one = session.prepare(PAUSED_ONE);
                        name(one, key);
                        try (var rows = one.executeQuery()) {
                            if (rows.next() && rows.getLong(1) > Moments.micros(now)) {
                                found.put(key, Moments.instant(rows.getLong(1)));
                            }
                        }
                    }
                    return found;
                });
    }

    private static Map<LimitKey, Instant> paused(Session session, Instant now) throws SQLException {
        var found = new HashMap<LimitKey, Instant>();
        try (var rows = session.query(PAUSED, Moments.micros(now))) {
            while (rows.next()) {
                found.put(
                        new LimitKey(rows.getString(2), rows.getString(3), rows.getString(4)),
                        Moments.instant(rows.getLong(1)));
            }
        }
        return found;
    }

    @Override
    public Gate gate(Gate.Look look) {
        return readers.look("gate", session -> gate(session, look));
    }

    private static Gate gate(Session session, Gate.Look look) throws SQLException {
        var gates =
                session.lanes()
                        .matching(lane ->
                                lane.gate() == Lane.GATE
                                        || lane.gate() == Lane.OPEN
                                                && look.gated().contains(lane.queue()));
        if (gates.isEmpty()) {
            return Gate.EMPTY;
        }
        var admitted = new HashSet<Long>();
        var ready = new HashMap<String, Integer>();
        for (var lane : session.lanes().matching(lane -> lane.gate() == Lane.ADMITTED)) {
            int before = admitted.size();
            add(session.query(READY, lane.id()), admitted);
            if (admitted.size() > before) {
                ready.merge(lane.queue(), admitted.size() - before, Integer::sum);
            }
        }
        add(session.query(RUNNING), admitted);
        var entrants = new ArrayList<Entrant>();
        for (var lane : gates) {
            if (look.wants(lane.queue(), ready)) {
                entrants.addAll(first(session, lane.id(), look.max(), look.aged()));
            }
        }
        entrants.sort(look.aged() ? BY_AGE : Entrant.ORDER);
        return new Gate(
                admitted,
                ready,
                paused(session, look.now()),
                entrants.subList(0, Math.min(look.max(), entrants.size())));
    }

    private static void add(ResultSet ids, Set<Long> found) throws SQLException {
        try (ids) {
            String text = ids.next() ? ids.getString(1) : null;
            for (int from = 0; text != null && from < text.length(); ) {
                int comma = text.indexOf(',', from);
                int end = comma < 0 ? text.length() : comma;
                found.add(Long.parseLong(text, from, end, 10));
                from = end + 1;
            }
        }
    }

    private static List<Entrant> first(Session session, int lane, int max, boolean aged)
            throws SQLException {
        var found = new ArrayList<Entrant>();
        if (aged) {
            for (int rank = 0; rank <= 9; rank++) {
                read(session, session.query(OLDEST, lane, rank, max), lane, found);
            }
            found.sort(BY_AGE);
        } else {
            read(session, session.query(FIRST, lane, max), lane, found);
        }
        var numbered = new ArrayList<Entrant>();
        for (var each : found.subList(0, Math.min(max, found.size()))) {
            int nth = lane < 0 ? numbered.size() + 1 : 1;
            numbered.add(new Entrant(each.jobId(), each.job(), each.home(), each.place(), nth));
        }
        return numbered;
    }

    private static void read(Session session, ResultSet of, int lane, List<Entrant> found)
            throws SQLException {
        try (var rows = of) {
            while (rows.next()) {
                int home = rows.getInt(4);
                found.add(
                        new Entrant(
                                rows.getLong(1),
                                job(session, home, rows.getString(5)),
                                home,
                                new Place(lane, 9 - rows.getInt(2), rows.getLong(3)),
                                1));
            }
        }
    }

    /** Without keys for a damaged job: its claim will set it aside. */
    private static KeyedJob job(Session session, int lane, @Nullable String terms)
            throws SQLException {
        var read = Texts.termsShown(terms);
        return new KeyedJob(session.lanes().get(lane).queue(), read.keys(), read.weight());
    }

    @Override
    public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
        return readers.look(
                "keys",
                session -> {
                    var found = new TreeMap<Long, KeyedJob>();
                    for (long id : jobIds) {
                        try (var rows = session.query(KEYS, id)) {
                            if (rows.next()) {
                                found.put(id, job(session, rows.getInt(1), rows.getString(2)));
                            }
                        }
                    }
                    return found;
                });
    }

    @Override
    public Map<LimitKey, Integer> lines(Collection<LimitKey> keys) {
        return writer.run(
                "lines",
                transaction -> {
                    var found = new HashMap<LimitKey, Integer>();
                    for (var key : keys) {
                        var session = transaction.session();
                        int line = number(session.prepare(FIND_LINE), key);
                        found.put(key, line > 0 ? line : number(session.prepare(MAKE_LINE), key));
                    }
                    return found;
                });
    }

    private static int number(PreparedStatement statement, LimitKey key) throws SQLException {
        name(statement, key);
        try (var rows = statement.executeQuery()) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    @Override
    public Map<Integer, LimitKey> lines(int after) {
        return readers.look("lines", session -> read(session.query(LINES, after, MOST)));
    }

    private static Map<Integer, LimitKey> read(ResultSet lines) throws SQLException {
        var found = new TreeMap<Integer, LimitKey>();
        try (lines) {
            while (lines.next()) {
                found.put(
                        lines.getInt(1),
                        new LimitKey(lines.getString(2), lines.getString(3), lines.getString(4)));
            }
        }
        return found;
    }

    @Override
    public void remove(long epoch, Collection<Integer> lines) {
        writer.<@Nullable Void>run(
                "removing lines",
                Durability.OS,
                transaction -> {
                    var session = transaction.session();
                    if (session.number(0, IS_NOW, epoch) == 1) {
                        for (int line : lines) {
                            session.update(REMOVE_LINE, line);
                        }
                    }
                    return null;
                });
    }

    @Override
    public List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged) {
        return readers.look(
                "heads",
                session -> {
                    var found = new ArrayList<Entrant>();
                    for (var line : new TreeMap<>(wanted).entrySet()) {
                        found.addAll(first(session, -line.getKey(), line.getValue(), aged));
                    }
                    return found;
                });
    }

    @Override
    public Set<String> pausedQueues() {
        return readers.look(
                "paused queues",
                session -> {
                    var found = new HashSet<String>();
                    Controls.all(session)
                            .forEach((queue, row) -> {
                                if (row.control().paused()) {
                                    found.add(queue);
                                }
                            });
                    return found;
                });
    }

    @Override
    public List<Entrant> ready(Set<String> queues, int max) {
        return readers.look(
                "the admitted",
                session -> {
                    var found = new ArrayList<Entrant>();
                    for (var lane :
                            session.lanes().matching(lane -> lane.gate() == Lane.ADMITTED)) {
                        if (queues.contains(lane.queue())) {
                            found.addAll(first(session, lane.id(), max, false));
                        }
                    }
                    return found.subList(0, Math.min(max, found.size()));
                });
    }

    @Override
    public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
        return writer.run("admit", Durability.OS, transaction -> move(transaction, epoch, moves));
    }

    private static Optional<Set<Long>> move(
            Transaction transaction, long epoch, List<Entrant.Move> moves) throws SQLException {
        var session = transaction.session();
        if (session.number(0, IS_NOW, epoch) == 0) {
            return Optional.empty();
        }
        var moved = new HashSet<Long>();
        for (var move : moves) {
            var entrant = move.entrant();
            var place = entrant.place();
            int rank = 9 - place.priority();
            int lane =
                    switch (move.line()) {
                        case 0 -> session.lanes().admitted(entrant.home());
                        case Entrant.Move.BACK -> entrant.home();
                        default -> -move.line();
                    };
            long pos = move.line() == 0 ? transaction.take(Counter.POSITION, 1) : place.pos();
            int updated =
                    session.update(
                            MOVE, place.lane(), rank, place.pos(), entrant.jobId(), lane, pos);
            if (updated == 1) {
                moved.add(entrant.jobId());
            }
        }
        return Optional.of(moved);
    }

    @Override
    public Map<Long, LimitKey> holding(Collection<Long> jobIds) {
        return readers.look(
                "holding",
                session -> {
                    var found = new TreeMap<Long, LimitKey>();
                    for (long id : jobIds) {
                        read(session.query(HOLDING, id))
                                .values()
                                .forEach(key -> found.put(id, key));
                    }
                    return found;
                });
    }
}
