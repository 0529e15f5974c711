package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.store.SignIn;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who did what, and who is signed in. */
final class AccessRows implements AccessStore {
    private static final int MOST_REMOVED = 10_000;
    private static final String KEEP =
            """
            INSERT INTO audit (at, who, role, action, target, before, after, address)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)\
            """;
    private static final String LIST =
            """
            SELECT id, at, who, role, action, target, before, after, address FROM audit
            WHERE id < ? ORDER BY id DESC LIMIT ?\
            """;
    private static final String FORGET =
            """
            DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?3)
            AND (at < ?1 OR id <= (SELECT max(id) FROM audit) - ?2)\
            """;
    private static final String SIGN_IN =
            """
            INSERT INTO sign_in (token_hash, user, stamp, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?)\
            """;
    private static final String FIND =
            """
            SELECT token_hash, user, stamp, created_at, expires_at FROM sign_in
            WHERE token_hash = ? AND expires_at > ?\
            """;
    private static final String SIGN_OUT = "DELETE FROM sign_in WHERE token_hash = ?";
    private static final String SIGN_OUT_ALL = "DELETE FROM sign_in WHERE user = ?";
    private static final String EXPIRE =
            """
            DELETE FROM sign_in WHERE token_hash IN (
              SELECT token_hash FROM sign_in WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)\
            """;

    private final SqliteWriter writer;
    private final SqliteReaders readers;

    AccessRows(SqliteWriter writer, SqliteReaders readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public void audit(List<AuditEntry> entries) {
        var all = List.copyOf(entries);
        if (all.isEmpty()) {
            return;
        }
        AccessStore.within("entries", all.size(), MOST_AT_ONCE);
        writer.<@Nullable Void>run(
                "keeping an audit",
                Durability.DISK,
                transaction -> {
                    var keep = transaction.session().prepare(KEEP);
                    for (AuditEntry entry : all) {
                        keep.setLong(1, Moments.micros(entry.at()));
                        keep.setString(2, entry.who());
                        keep.setString(3, entry.role());
                        keep.setString(4, entry.action());
                        keep.setString(5, entry.target());
                        keep.setString(6, entry.before());
                        keep.setString(7, entry.after());
                        keep.setString(8, entry.address());
                        keep.executeUpdate();
                    }
                    return null;
                });
    }

    @Override
    public List<AuditEntry> audited(long before, int limit) {
        AccessStore.within("limit", limit, MOST_AT_ONCE);
        return readers.look(
                "audit",
                session -> {
                    var found = new ArrayList<AuditEntry>();
                    try (var rows = session.query(LIST, before, limit)) {
                        while (rows.next()) {
                            found.add(entry(rows));
                        }
                    }
                    return found;
                });
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getLong(1),
                Moments.instant(row.getLong(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9));
    }

    @Override
    public int forgetAudit(Instant before, long keep, int max) {
        AccessStore.within("max", max, MOST_REMOVED);
        return writer.run(
                "forgetting old audits",
                Durability.OS,
                transaction ->
                        transaction.session().update(FORGET, Moments.micros(before), keep, max));
    }

    @Override
    public void signIn(SignIn session) {
        writer.<@Nullable Void>run(
                "signing in",
                Durability.DISK,
                transaction -> {
                    var insert = transaction.session().prepare(SIGN_IN);
                    insert.setString(1, session.tokenHash());
                    insert.setString(2, session.user());
                    insert.setString(3, session.stamp());
                    insert.setLong(4, Moments.micros(session.createdAt()));
                    insert.setLong(5, Moments.micros(session.expiresAt()));
                    insert.executeUpdate();
                    return null;
                });
    }

    @Override
    public Optional<SignIn> signedIn(String tokenHash, Instant now) {
        return readers.look(
                "session",
                session -> {
                    var find = session.prepare(FIND);
                    find.setString(1, tokenHash);
                    find.setLong(2, Moments.micros(now));
                    try (var rows = find.executeQuery()) {
                        return rows.next() ? Optional.of(session(rows)) : Optional.empty();
                    }
                });
    }

    private static SignIn session(ResultSet row) throws SQLException {
        return new SignIn(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                Moments.instant(row.getLong(4)),
                Moments.instant(row.getLong(5)));
    }

    @Override
    public boolean signOut(String tokenHash) {
        return delete(SIGN_OUT, tokenHash) > 0;
    }

    @Override
    public int signOutAll(String user) {
        return delete(SIGN_OUT_ALL, user);
    }

    private int delete(String sql, String text) {
        return writer.run(
                "signing out",
                Durability.DISK,
                transaction -> {
                    var delete = transaction.session().prepare(sql);
                    delete.setString(1, text);
                    return delete.executeUpdate();
                });
    }

    @Override
    public int expireSignIns(Instant now, int max) {
        AccessStore.within("max", max, MOST_REMOVED);
        return writer.run(
                "removing old sessions",
                Durability.OS,
                transaction -> transaction.session().update(EXPIRE, Moments.micros(now), max));
    }
}
