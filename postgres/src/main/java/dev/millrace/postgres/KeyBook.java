package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The keys of one batch of jobs, inside its transaction: which are free, which others hold, and who
 * is to hold them in the end. Free keys are taken at once, in the order of keys, so that
 * transactions which want the same ones wait for each other without a circle; whoever turns out to
 * hold them is written at the end where it is another. Used once, by one thread.
 */
final class KeyBook {
    /** How often to look again after somebody was faster. */
    static final int LOOKS = 10;

    private static final long NEVER = Long.MAX_VALUE;

    private final Connection connection;
    private final Statements texts;
    private final Map<Key, Held> held = new HashMap<>();

    KeyBook(Connection connection, Statements texts) {
        this.connection = connection;
        this.texts = texts;
    }

    /** The statements, made once. */
    static final class Statements {
        private static final String WANTED =
                """
                unnest(?::smallint[], ?::text[], ?::bigint[], ?::bigint[], ?::text[])
                    with ordinality as i(scope, key, job_id, until, fingerprint, place)
                """;
        private static final String UNTIL =
                "case when i.until = 9223372036854775807 then null"
                        + " else to_timestamp(i.until::float8 / 1000000) end";

        private final String insert;
        private final String read;
        private final String takeOver;
        private final String rewrite;
        private final String delete;
        private final String move;

        Statements(Sql sql) {
            this.insert =
                    sql.text(
                            """
                            insert into {schema}.key_hold (job_id, until, scope, key, fingerprint)
                            select i.job_id, {until}, i.scope, i.key, i.fingerprint
                            from {wanted} order by i.place
                            on conflict (scope, key) do nothing
                            returning scope, key
                            """
                                    .replace("{until}", UNTIL)
                                    .replace("{wanted}", WANTED));
            String found =
                    """
                    from unnest(?::smallint[], ?::text[]) with ordinality as i(scope, key, place),
                        lateral (
                            select * from {schema}.key_hold as k
                            where k.scope = i.scope and k.key = i.key limit 1) as k
                    """;
            this.read =
                    sql.text(
                            """
                            select k.scope, k.key, k.job_id,
                                (extract(epoch from k.until) * 1000000)::bigint, k.fingerprint,
                                {left-over}
                            """
                                            .replace("{left-over}", Keys.IS_LEFT_OVER)
                                    + found);
            this.takeOver =
                    sql.text(
                            """
                            with i as materialized (
                                select i.*, u.old from {wanted}
                                join unnest(?::bigint[]) with ordinality as u(old, place)
                                    using (place)),
                            locked as materialized (
                                select k.ctid as tid, i.*
                                from i join {schema}.key_hold as k
                                    on k.scope = i.scope and k.key = i.key and k.job_id = i.old
                                order by i.place for update of k)
                            update {schema}.key_hold as k
                            set job_id = i.job_id, until = {until}, fingerprint = i.fingerprint
                            from locked as i
                            where k.scope = i.scope and k.key = i.key and k.job_id = i.old
                            returning k.scope, k.key
                            """
                                    .replace("{until}", UNTIL)
                                    .replace("{wanted}", WANTED));
            this.rewrite =
                    sql.text(
                            """
                            update {schema}.key_hold as k
                            set job_id = i.job_id, until = {until}, fingerprint = i.fingerprint
                            from {wanted} where k.scope = i.scope and k.key = i.key
                            """
                                    .replace("{until}", UNTIL)
                                    .replace("{wanted}", WANTED));
            this.delete =
                    sql.text(
                            """
                            delete from {schema}.key_hold as k
                            using unnest(?::smallint[], ?::text[]) as i(scope, key)
                            where k.scope = i.scope and k.key = i.key
                            """);
            this.move =
                    sql.text(
                            """
                            update {schema}.key_hold set job_id = ?
                            where scope = ? and key = ? and job_id = ?
                            """);
        }
    }

    private record Key(int scope, String key) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparingInt(Key::scope).thenComparing(Key::key);

        static Key of(KeyHold hold) {
            return new Key(hold.scope().code(), hold.key());
        }

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /** Who stands on a key: a row's content. */
    private record Row(long jobId, long until, String fingerprint) {
        static Row of(KeyHold hold, long jobId) {
            Instant until = hold.until();
            return new Row(jobId, until == null ? NEVER : Sql.micros(until), hold.fingerprint());
        }
    }

    /** A key as this batch sees it. */
    static final class Held {
        private Row stored;
        private @Nullable Row now;
        private boolean ours;

        private Held(Row stored, boolean ours) {
            this.stored = stored;
            this.now = ours ? null : stored;
            this.ours = ours;
        }

        boolean isHeldAt(Instant moment) {
            return now != null && now.until() > Sql.micros(moment);
        }

        /** The job that holds it. */
        long jobId() {
            return row().jobId();
        }

        String fingerprint() {
            return row().fingerprint();
        }

        private Row row() {
            if (now == null) {
                throw new IllegalStateException("nobody holds the key");
            }
            return now;
        }
    }

    static MillraceException busy(@Nullable Throwable cause) {
        return new MillraceException(
                MillraceException.Code.KEY_BUSY,
                "a transaction still open is about to decide who holds a key of this job; nothing"
                        + " was accepted; another try may succeed",
                cause);
    }

    /** Takes what is free of the jobs' keys, and learns who holds the others. */
    void acquire(List<NewJob> jobs) throws SQLException {
        var wanted = new TreeMap<Key, Row>();
        var moments = new HashMap<Key, Long>();
        for (NewJob job : jobs) {
            for (KeyHold hold : job.holds()) {
                Key key = Key.of(hold);
                Held known = held.get(key);
                if (known == null || !known.ours) {
                    wanted.putIfAbsent(key, Row.of(hold, job.id()));
                    moments.putIfAbsent(key, Sql.micros(job.createdAt()));
                }
            }
        }
        for (int look = 0; look < LOOKS && !wanted.isEmpty(); look++) {
            take(wanted, insert(wanted));
            if (!wanted.isEmpty()) {
                read(wanted, moments);
            }
        }
        if (!wanted.isEmpty()) {
            throw busy(null);
        }
    }

    private void take(Map<Key, Row> wanted, List<Key> taken) {
        for (Key key : taken) {
            Row row = wanted.remove(key);
            if (row != null) {
                held.put(key, new Held(row, true));
            }
        }
    }

    private List<Key> insert(SortedMap<Key, Row> wanted) throws SQLException {
        try (var statement = Sql.prepare(connection, texts.insert)) {
            fill(statement, wanted);
            return keys(statement);
        }
    }

    /** A row that has gone meanwhile, or whose place somebody else took, is looked at again. */
    private void read(SortedMap<Key, Row> wanted, Map<Key, Long> moments) throws SQLException {
        var passed = new TreeMap<Key, Row>();
        var olds = new ArrayList<Long>();
        var free = new TreeMap<Key, Long>();
        try (var statement = Sql.prepare(connection, texts.read)) {
            statement.setObject(1, scopes(List.copyOf(wanted.keySet())));
            statement.setObject(2, names(List.copyOf(wanted.keySet())));
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    var key = new Key(rows.getInt(1), rows.getString(2));
                    long jobId = rows.getLong(3);
                    long until = rows.getLong(4);
                    boolean whileLive = rows.wasNull();
                    if (rows.getBoolean(6)
                            || !whileLive && until <= moments.getOrDefault(key, 0L)) {
                        free.put(key, jobId);
                    } else {
                        var row = new Row(jobId, whileLive ? NEVER : until, rows.getString(5));
                        held.put(key, new Held(row, false));
                        wanted.remove(key);
                    }
                }
            }
        }
        free.forEach((key, old) -> {
            Row row = wanted.get(key);
            if (row != null) {
                passed.put(key, row);
                olds.add(old);
            }
        });
        if (!passed.isEmpty()) {
            try (var statement = Sql.prepare(connection, texts.takeOver)) {
                fill(statement, passed);
                statement.setObject(6, olds.stream().mapToLong(Long::longValue).toArray());
                take(wanted, keys(statement));
            }
        }
    }

    /** The key as it stands now. */
    Held held(KeyHold hold) {
        Held found = held.get(Key.of(hold));
        if (found == null) {
            throw new IllegalStateException("key was not acquired: " + hold.key());
        }
        return found;
    }

    /** A job is to hold a key that is free at that moment, or that it was moved to. */
    void give(KeyHold hold, long jobId, Instant moment) throws SQLException {
        Held of = held(hold);
        if (!of.ours && !move(hold, jobId)) {
            throw busy(null);
        }
        of.now = Row.of(hold, jobId);
    }

    /** Takes a key from the job that holds it; false when that holds it no longer. */
    boolean move(KeyHold hold, long jobId) throws SQLException {
        Held of = held(hold);
        if (!of.ours) {
            try (var statement = Sql.prepare(connection, texts.move)) {
                statement.setLong(1, jobId);
                statement.setInt(2, hold.scope().code());
                statement.setString(3, hold.key());
                statement.setLong(4, of.stored.jobId());
                if (statement.executeUpdate() == 0) {
                    return false;
                }
            }
            of.ours = true;
            of.stored = new Row(jobId, of.stored.until(), of.stored.fingerprint());
        }
        return true;
    }

    /** Writes who holds the keys in the end, where that is not what was written at first. */
    void settle() throws SQLException {
        var free = new ArrayList<Key>();
        var others = new TreeMap<Key, Row>();
        held.forEach((key, of) -> {
            if (of.ours && of.now == null) {
                free.add(key);
            } else if (of.ours && of.now != null && !of.now.equals(of.stored)) {
                others.put(key, of.now);
            }
        });
        if (!free.isEmpty()) {
            try (var statement = Sql.prepare(connection, texts.delete)) {
                statement.setObject(1, scopes(free));
                statement.setObject(2, names(free));
                statement.executeUpdate();
            }
        }
        if (!others.isEmpty()) {
            try (var statement = Sql.prepare(connection, texts.rewrite)) {
                fill(statement, others);
                statement.executeUpdate();
            }
        }
    }

    private static void fill(PreparedStatement statement, SortedMap<Key, Row> rows)
            throws SQLException {
        List<Key> keys = List.copyOf(rows.keySet());
        List<Row> values = List.copyOf(rows.values());
        statement.setObject(1, scopes(keys));
        statement.setObject(2, names(keys));
        statement.setObject(3, values.stream().mapToLong(Row::jobId).toArray());
        statement.setObject(4, values.stream().mapToLong(Row::until).toArray());
        statement.setObject(5, values.stream().map(Row::fingerprint).toArray(String[]::new));
    }

    private static List<Key> keys(PreparedStatement statement) throws SQLException {
        var found = new ArrayList<Key>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(new Key(rows.getInt(1), rows.getString(2)));
            }
        }
        return found;
    }

    private static short[] scopes(List<Key> keys) {
        var scopes = new short[keys.size()];
        for (int i = 0; i < scopes.length; i++) {
            scopes[i] = (short) keys.get(i).scope();
        }
        return scopes;
    }

    private static String[] names(List<Key> keys) {
        return keys.stream().map(Key::key).toArray(String[]::new);
    }
}
