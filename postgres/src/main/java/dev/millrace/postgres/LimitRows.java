package dev.millrace.postgres;

import dev.millrace.job.JobTerms;
import dev.millrace.store.Entrant;
import dev.millrace.store.Entrant.Place;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Jobs with keys: those at the gates stand in lanes of their own, those in lines in lanes below 0.
 * A move shares the lock of the lease's row, so that no other epoch begins before it is committed;
 * it waits for no disk, as whatever follows from it is written after it.
 */
final class LimitRows implements LimitStore {
    /** How often it is looked for gates that other processes made. */
    private static final long LANES_NANOS = Duration.ofMillis(500).toNanos();

    private final Sql sql;
    private final Lanes lanes;
    private final LimitSettings settings;
    private final Runnable announce;
    private final AtomicLong lanesNanos = new AtomicLong(System.nanoTime() - LANES_NANOS);
    private final String admitted;
    private final String entrants;
    private final String agedEntrants;
    private final String heads;
    private final String agedHeads;
    private final String keys;
    private final String makeLines;
    private final String findLines;
    private final String lines;
    private final String remove;
    private final String move;
    private final String holding;
    private final String pausedQueues;

    /**
     * @param announce tells workers that there may be work
     */
    LimitRows(Sql sql, Lanes lanes, LimitSettings settings, Runnable announce) {
        this.sql = sql;
        this.lanes = lanes;
        this.settings = settings;
        this.announce = announce;
        // Rows are met as ranges of the whole index, as in claims.
        this.admitted =
                sql.text(
                        """
                        select a.job_id, l.lane
                        from unnest(?::int[]) as l(lane), lateral (
                            select a.job_id from {schema}.available as a
                            where (a.lane, a.priority, a.pos) >= (l.lane, 0, 0) and a.lane <= l.lane
                            order by a.lane, a.priority, a.pos limit 10000000) as a
                        union all
                        select r.job_id, 0 from {schema}.running as r where r.limited < 0
                        """);
        String first =
                """
                select a.job_id, a.lane, a.priority, a.pos, {nth} as nth, j.lane as home, j.terms
                from unnest(?::int[], ?::bigint[]) as i(lane, most), lateral (
                    select x.* from generate_series(9, 0, -1) as p, lateral (
                        select a.job_id, a.lane, a.priority, a.pos
                        from {schema}.available as a
                        where (a.lane, a.priority, a.pos) >= (i.lane, p, 0)
                            and (a.lane, a.priority) <= (i.lane, p)
                        order by a.lane, a.priority, a.pos limit i.most) as x
                    {by}limit i.most) as a, lateral (
                    select lane, terms from {schema}.job where id = a.job_id limit 1) as j
                """;
        String aged = first.replace("{by}", "order by x.pos ");
        first = first.replace("{by}", "");
        String ranked = "a.priority desc, a.pos";
        this.entrants =
                sql.text(first.replace("{nth}", "1") + " order by %s limit ?".formatted(ranked));
        this.agedEntrants = sql.text(aged.replace("{nth}", "1") + " order by a.pos limit ?");
        String nth = "row_number() over (partition by a.lane order by %s)";
        this.heads = sql.text(first.replace("{nth}", nth.formatted(ranked)));
        this.agedHeads = sql.text(aged.replace("{nth}", nth.formatted("a.pos")));
        this.keys = sql.text("select id, lane, terms from {schema}.job where id = any (?)");
        this.makeLines =
                sql.text(
                        """
                        insert into {schema}.limit_line (queue, name, value)
                        select * from unnest(?::text[], ?::text[], ?::text[])
                            as i(queue, name, value)
                        order by queue, name, value
                        on conflict do nothing
                        """);
        this.findLines =
                sql.text(
                        """
                        select l.id, l.queue, l.name, l.value
                        from unnest(?::text[], ?::text[], ?::text[]) as i(queue, name, value)
                            join {schema}.limit_line as l using (queue, name, value)
                        """);
        this.lines =
                sql.text(
                        """
                        select id, queue, name, value from {schema}.limit_line
                        where id > ? order by id limit ?
                        """);
        String fence =
                """
                with fence as materialized (
                    select epoch, set_config('synchronous_commit', 'off', true) as fast
                    from {schema}.lease where name = '%s' and epoch = ? for share),
                """
                        .formatted(LEASE);
        this.remove =
                sql.text(
                        fence
                                + """
                                empty as materialized (
                                    select i.id from fence, unnest(?::int[]) as i(id)
                                    where not exists (
                                        select from {schema}.available as a where a.lane = -i.id))
                                delete from {schema}.limit_line
                                where id = any (array(select id from empty))
                                """);
        this.move =
                sql.text(
                        fence
                                + """
                                found as materialized (
                                    select a.tid, i.line, i.target, i.place
                                    from fence, unnest(
                                            ?::int[], ?::smallint[], ?::bigint[], ?::bigint[],
                                            ?::int[], ?::int[]) with ordinality
                                        as i(lane, priority, pos, job_id, target, line, place),
                                    lateral (
                                        select a.ctid as tid from {schema}.available as a
                                        where a.lane = i.lane and a.priority = i.priority
                                            and a.pos = i.pos and a.job_id = i.job_id
                                        limit 1 for update skip locked) as a),
                                gone as (
                                    delete from {schema}.available as a using found as f
                                    where a.ctid = f.tid
                                    returning a.pos, a.job_id, a.priority, a.attempt, a.rescues,
                                        f.line, f.target, f.place),
                                p as materialized (
                                    select nextval('{schema}.position') << 16 as base),
                                moved as (
                                    insert into {schema}.available
                                        (pos, job_id, lane, priority, attempt, rescues, again)
                                    select case when g.line <> 0 then g.pos
                                            else p.base + g.place - 1 end,
                                        g.job_id, g.target, g.priority, g.attempt, g.rescues, true
                                    from p, gone as g)
                                select g.job_id from fence left join gone as g on true
                                """);
        this.pausedQueues = sql.text("select queue from {schema}.queue_control where paused");
        this.holding =
                sql.text(
                        """
                        select i.id, l.queue, l.name, l.value
                        from unnest(?::bigint[]) as i(id), lateral (
                            select lane from {schema}.available
                            where again and job_id = i.id limit 1) as a
                            join {schema}.limit_line as l on l.id = -a.lane
                        """);
    }

    @Override
    public Map<String, QueueLimits> limits() {
        return settings.limits();
    }

    @Override
    public void limit(String queue, QueueLimits wanted) {
        settings.limit(queue, wanted);
    }

    @Override
    public void declare(String queue, QueueLimits wanted) {
        settings.declare(queue, wanted);
    }

    @Override
    public void pause(LimitKey key, Instant until, Instant now) {
        settings.pause(key, until, now);
    }

    @Override
    public Map<LimitKey, Instant> paused(Collection<LimitKey> of, Instant now) {
        return settings.paused(of, now);
    }

    @Override
    public Gate gate(Gate.Look look) {
        long now = System.nanoTime();
        if (now - lanesNanos.get() >= LANES_NANOS) {
            lanes.reload();
            lanesNanos.set(now);
        }
        var gates = new TreeMap<>(lanes.behind(Lanes.GATE));
        lanes.behind(Lanes.OPEN)
                .forEach((id, lane) -> {
                    if (look.gated().contains(lane.queue())) {
                        gates.put(id, lane);
                    }
                });
        if (gates.isEmpty()) {
            return Gate.EMPTY;
        }
        return sql.run("look at the gate", connection -> gate(connection, gates, look));
    }

    private Gate gate(Connection connection, Map<Integer, Lanes.Lane> gates, Gate.Look look)
            throws SQLException {
        var ids = new HashSet<Long>();
        var ready = new HashMap<String, Integer>();
        var behind = lanes.behind(Lanes.ADMITTED);
        try (var statement = Sql.prepare(connection, admitted)) {
            statement.setObject(1, ints(behind.keySet()));
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                    var lane = behind.get(rows.getInt(2));
                    if (lane != null) {
                        ready.merge(lane.queue(), 1, Integer::sum);
                    }
                }
            }
        }
        var paused = settings.paused(connection, look.now());
        var open =
                gates.entrySet().stream()
                        .filter(lane -> look.wants(lane.getValue().queue(), ready))
                        .map(Map.Entry::getKey)
                        .toList();
        if (open.isEmpty()) {
            return new Gate(ids, ready, paused, List.of());
        }
        String text = look.aged() ? agedEntrants : entrants;
        return new Gate(ids, ready, paused, first(connection, text, open, look.max()));
    }

    private List<Entrant> first(Connection connection, String text, Collection<Integer> in, int max)
            throws SQLException {
        try (var statement = Sql.prepare(connection, text)) {
            var most = new long[in.size()];
            Arrays.fill(most, max);
            statement.setObject(1, ints(in));
            statement.setObject(2, most);
            statement.setInt(3, max);
            return read(statement);
        }
    }

    private static int[] ints(Collection<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    private List<Entrant> read(PreparedStatement statement) throws SQLException {
        var found = new ArrayList<Entrant>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) {
                int home = rows.getInt("home");
                found.add(
                        new Entrant(
                                rows.getLong("job_id"),
                                job(home, rows.getString("terms")),
                                home,
                                new Place(
                                        rows.getInt("lane"),
                                        rows.getInt("priority"),
                                        rows.getLong("pos")),
                                rows.getInt("nth")));
            }
        }
        return found;
    }

    /** Without keys for a damaged job: its claim will set it aside. */
    private KeyedJob job(int home, String terms) {
        String queue = lanes.lane(home).queue();
        JobTerms read;
        try {
            read = Texts.terms(terms);
        } catch (UnreadableException e) {
            return new KeyedJob(queue, Map.of(), 1);
        }
        return new KeyedJob(queue, read.keys(), read.weight());
    }

    @Override
    public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
        return sql.run(
                "read the keys of %d jobs".formatted(jobIds.size()),
                connection -> {
                    var found = new TreeMap<Long, KeyedJob>();
                    try (var statement = Sql.prepare(connection, keys)) {
                        statement.setObject(
                                1, jobIds.stream().mapToLong(Long::longValue).toArray());
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.put(rows.getLong(1), job(rows.getInt(2), rows.getString(3)));
                            }
                        }
                    }
                    return found;
                });
    }

    @Override
    public Map<LimitKey, Integer> lines(Collection<LimitKey> of) {
        return sql.run(
                "find the lines of %d keys".formatted(of.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, makeLines)) {
                        name(statement, of);
                        statement.executeUpdate();
                    }
                    var found = new HashMap<LimitKey, Integer>();
                    try (var statement = Sql.prepare(connection, findLines)) {
                        name(statement, of);
                        readLines(statement).forEach((line, key) -> found.put(key, line));
                    }
                    return found;
                });
    }

    static void name(PreparedStatement statement, Collection<LimitKey> of) throws SQLException {
        statement.setObject(1, of.stream().map(LimitKey::queue).toArray(String[]::new));
        statement.setObject(2, of.stream().map(LimitKey::name).toArray(String[]::new));
        statement.setObject(3, of.stream().map(LimitKey::value).toArray(String[]::new));
    }

    @Override
    public Map<Integer, LimitKey> lines(int after) {
        return sql.run(
                "read the lines of keys",
                connection -> {
                    try (var statement = Sql.prepare(connection, lines)) {
                        statement.setInt(1, after);
                        statement.setInt(2, MOST);
                        return readLines(statement);
                    }
                });
    }

    private static Map<Integer, LimitKey> readLines(PreparedStatement statement)
            throws SQLException {
        var found = new TreeMap<Integer, LimitKey>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.put(rows.getInt(1), key(rows));
            }
        }
        return found;
    }

    @Override
    public void remove(long epoch, Collection<Integer> of) {
        sql.run(
                "remove %d lines".formatted(of.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, remove)) {
                        statement.setLong(1, epoch);
                        statement.setObject(2, ints(of));
                        return statement.executeUpdate();
                    }
                });
    }

    @Override
    public List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged) {
        return sql.run(
                "read the heads of %d lines".formatted(wanted.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, aged ? agedHeads : heads)) {
                        var of = List.copyOf(wanted.keySet());
                        statement.setObject(1, of.stream().mapToInt(line -> -line).toArray());
                        statement.setObject(
                                2, of.stream().mapToLong(line -> wanted.get(line)).toArray());
                        return read(statement);
                    }
                });
    }

    @Override
    public Set<String> pausedQueues() {
        return sql.run(
                "read which queues are paused",
                connection -> {
                    var found = new HashSet<String>();
                    try (var statement = Sql.prepare(connection, pausedQueues);
                            var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            found.add(rows.getString(1));
                        }
                    }
                    return found;
                });
    }

    @Override
    public List<Entrant> ready(Set<String> queues, int max) {
        var of = new TreeMap<>(lanes.behind(Lanes.ADMITTED));
        of.values().removeIf(lane -> !queues.contains(lane.queue()));
        return sql.run(
                "look at the admitted",
                connection -> first(connection, entrants, of.keySet(), max));
    }

    @Override
    public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
        lanes.ensure(
                moves.stream()
                        .filter(move -> move.line() == 0)
                        .map(move -> lanes.lane(move.entrant().home()).admitted())
                        .distinct()
                        .toList());
        var moved =
                sql.run(
                        "admit %d jobs".formatted(moves.size()),
                        connection -> move(connection, epoch, moves));
        if (moved.isPresent() && moves.stream().anyMatch(move -> move.line() == 0)) {
            announce.run();
        }
        return moved;
    }

    private Optional<Set<Long>> move(Connection connection, long epoch, List<Entrant.Move> moves)
            throws SQLException {
        int n = moves.size();
        var lane = new int[n];
        var priority = new short[n];
        var pos = new long[n];
        var job = new long[n];
        var target = new int[n];
        var line = new int[n];
        for (int i = 0; i < n; i++) {
            var move = moves.get(i);
            var place = move.entrant().place();
            lane[i] = place.lane();
            priority[i] = (short) place.priority();
            pos[i] = place.pos();
            job[i] = move.entrant().jobId();
            line[i] = move.line();
            int home = move.entrant().home();
            target[i] =
                    switch (move.line()) {
                        case 0 -> lanes.id(lanes.lane(home).admitted());
                        case Entrant.Move.BACK -> home;
                        default -> -move.line();
                    };
        }
        try (var statement = Sql.prepare(connection, move)) {
            statement.setLong(1, epoch);
            statement.setObject(2, lane);
            statement.setObject(3, priority);
            statement.setObject(4, pos);
            statement.setObject(5, job);
            statement.setObject(6, target);
            statement.setObject(7, line);
            try (var rows = statement.executeQuery()) {
                if (!rows.next()) {
                    return Optional.empty();
                }
                var moved = new HashSet<Long>();
                do {
                    long id = rows.getLong(1);
                    if (!rows.wasNull()) {
                        moved.add(id);
                    }
                } while (rows.next());
                return Optional.of(moved);
            }
        }
    }

    @Override
    public Map<Long, LimitKey> holding(Collection<Long> jobIds) {
        return sql.run(
                "find the lines of %d jobs".formatted(jobIds.size()),
                connection -> {
                    var found = new TreeMap<Long, LimitKey>();
                    try (var statement = Sql.prepare(connection, holding)) {
                        statement.setObject(
                                1, jobIds.stream().mapToLong(Long::longValue).toArray());
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.put(rows.getLong(1), key(rows));
                            }
                        }
                    }
                    return found;
                });
    }

    private static LimitKey key(ResultSet rows) throws SQLException {
        return new LimitKey(rows.getString(2), rows.getString(3), rows.getString(4));
    }
}
