package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.store.KeyHold;
import dev.millrace.store.KeyHold.Scope;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The keys that jobs hold. */
final class Keys {
    private static final int COLUMNS = 5;
    private static final ManyRows HOLD =
            new ManyRows(
                    "INSERT OR REPLACE INTO key_hold (scope, key, job_id, until, fingerprint)"
                            + " VALUES",
                    i -> "(?, ?, ?, ?, ?)",
                    "");
    private static final ManyRows LOOK =
            new ManyRows(
                    "SELECT key, job_id, until, fingerprint FROM key_hold"
                            + " WHERE scope = ? AND key IN (",
                    i -> "?",
                    ")");
    private static final String HOLDER =
            "SELECT job_id, until FROM key_hold WHERE scope = ? AND key = ?"
                    + " AND (until IS NULL OR until > ?)";

    /**
     * A process of an older schema, still at work beside this one, ends jobs without freeing keys.
     */
    private static final String LIVES =
            """
            SELECT 1 FROM job j WHERE j.id = ?
              AND NOT EXISTS (SELECT 1 FROM history h WHERE h.job_id = j.id
                AND h.outcome IN (%d, %d, %d, %d))
              AND NOT EXISTS (SELECT 1 FROM discarded d WHERE d.job_id = j.id)\
            """
                    .formatted(
                            Attempt.End.COMPLETED.code(),
                            Attempt.End.SKIPPED.code(),
                            Attempt.End.CANCELLED.code(),
                            Attempt.End.EXPIRED.code());

    private static final String RELEASE = "DELETE FROM key_hold WHERE job_id = ? AND until IS NULL";
    private static final String PASSED =
            """
            SELECT scope, key FROM key_hold
            WHERE until IS NOT NULL AND until <= ? ORDER BY until LIMIT ?\
            """;

    /** One by one: the engine would walk a whole scope for a list of pairs. */
    private static final String PRUNE = "DELETE FROM key_hold WHERE scope = ? AND key = ?";

    private Keys() {}

    /** A key by its name. */
    record Name(Scope scope, String key) {
        static Name of(KeyHold hold) {
            return new Name(hold.scope(), hold.key());
        }
    }

    /**
     * Who holds a key.
     *
     * @param until in microseconds since 1970; {@code null} while live
     */
    record Holder(long jobId, @Nullable Long until, String fingerprint) {
        boolean holdsAt(long now) {
            return until == null || until > now;
        }
    }

    /** Finds the holders, passed windows included, of keys of one scope. */
    static Map<Name, Holder> look(Session session, Scope scope, List<String> keys)
            throws SQLException {
        var found = new HashMap<Name, Holder>();
        int asked;
        for (int done = 0; done < keys.size(); done += asked) {
            asked = ManyRows.atLeast(keys.size() - done);
            var look = session.prepare(LOOK.text(asked));
            look.setInt(1, scope.code());
            for (int i = 0; i < asked; i++) {
                look.setString(i + 2, done + i < keys.size() ? keys.get(done + i) : null);
            }
            try (var rows = look.executeQuery()) {
                while (rows.next()) {
                    long moment = rows.getLong(3);
                    @Nullable Long until = rows.wasNull() ? null : moment;
                    var holder = new Holder(rows.getLong(2), until, rows.getString(4));
                    found.put(new Name(scope, rows.getString(1)), holder);
                }
            }
        }
        return found;
    }

    /** Writes who holds keys now, whoever held them before. */
    static void hold(Session session, List<Map.Entry<Name, Holder>> rows) throws SQLException {
        int taken;
        for (int done = 0; done < rows.size(); done += taken) {
            taken = ManyRows.upTo(rows.size() - done);
            var hold = session.prepare(HOLD.text(taken));
            for (int i = 0; i < taken; i++) {
                bind(hold, i * COLUMNS, rows.get(done + i));
            }
            hold.executeUpdate();
        }
    }

    private static void bind(PreparedStatement hold, int base, Map.Entry<Name, Holder> row)
            throws SQLException {
        hold.setInt(base + 1, row.getKey().scope().code());
        hold.setString(base + 2, row.getKey().key());
        hold.setLong(base + 3, row.getValue().jobId());
        var until = row.getValue().until();
        if (until == null) {
            hold.setNull(base + 4, Types.INTEGER);
        } else {
            hold.setLong(base + 4, until);
        }
        hold.setString(base + 5, row.getValue().fingerprint());
    }

    /** Frees the keys that a job held while live; those held for a window stay. */
    static void release(Session session, long jobId) throws SQLException {
        session.update(RELEASE, jobId);
    }

    /** Who holds a unique key. */
    static Optional<Long> holder(Session session, String key, Instant now) throws SQLException {
        var find = session.prepare(HOLDER);
        find.setInt(1, Scope.UNIQUE.code());
        find.setString(2, key);
        find.setLong(3, Moments.micros(now));
        try (var rows = find.executeQuery()) {
            if (!rows.next()) {
                return Optional.empty();
            }
            long job = rows.getLong(1);
            rows.getLong(2);
            return !rows.wasNull() || isLive(session, job) ? Optional.of(job) : Optional.empty();
        }
    }

    /** Whether a job that holds a key while it is live is so still. */
    static boolean isLive(Session session, long jobId) throws SQLException {
        return session.number(0, LIVES, jobId) == 1;
    }

    /** Removes keys whose windows passed before this moment; answers how many. */
    static int prune(Session session, long before, int max) throws SQLException {
        record Passed(int scope, String key) {}
        var passed = new ArrayList<Passed>();
        try (var rows = session.query(PASSED, before, max)) {
            while (rows.next()) {
                passed.add(new Passed(rows.getInt(1), rows.getString(2)));
            }
        }
        var prune = session.prepare(PRUNE);
        for (var key : passed) {
            prune.setInt(1, key.scope());
            prune.setString(2, key.key());
            prune.executeUpdate();
        }
        return passed.size();
    }
}
