package dev.millrace.postgres;

import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.store.SignIn;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Who did what, and who is signed in. */
final class AccessRows implements AccessStore {
    private static final int MOST_REMOVED = 10_000;

    private final Sql sql;
    private final String keep;
    private final String list;
    private final String forget;
    private final String signIn;
    private final String find;
    private final String signOut;
    private final String signOutAll;
    private final String expire;

    AccessRows(Sql sql) {
        this.sql = sql;
        this.keep =
                sql.text(
                        """
                        insert into {schema}.audit
                            (at, who, role, action, target, before, after, address)
                        select at, who, role, action, target, before, after, address
                        from unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[],
                            ?::text[], ?::text[], ?::text[]) with ordinality
                            as t (at, who, role, action, target, before, after, address, n)
                        order by n
                        """);
        this.list =
                sql.text(
                        """
                        select id, at, who, role, action, target, before, after, address
                        from {schema}.audit where id < ? order by id desc limit ?
                        """);
        this.forget =
                sql.text(
                        """
                        delete from {schema}.audit
                        where id in (select id from {schema}.audit order by id limit ?)
                        and (at < ? or id <= (select max(id) from {schema}.audit) - ?)
                        """);
        this.signIn =
                sql.text(
                        """
                        insert into {schema}.sign_in
                            (token_hash, user_name, stamp, created_at, expires_at)
                        values (?, ?, ?, ?, ?)
                        """);
        this.find =
                sql.text(
                        """
                        select token_hash, user_name, stamp, created_at, expires_at
                        from {schema}.sign_in where token_hash = ? and expires_at > ?
                        """);
        this.signOut = sql.text("delete from {schema}.sign_in where token_hash = ?");
        this.signOutAll = sql.text("delete from {schema}.sign_in where user_name = ?");
        this.expire =
                sql.text(
                        """
                        delete from {schema}.sign_in where token_hash in (
                            select token_hash from {schema}.sign_in where expires_at <= ?
                            order by expires_at limit ? for update skip locked)
                        """);
    }

    /** Fills a statement in and runs it. */
    @FunctionalInterface
    private interface Filled<T> {
        T run(PreparedStatement statement) throws SQLException;
    }

    private <T> T with(String what, String text, Filled<T> filled) {
        return sql.run(
                what,
                connection -> {
                    try (var statement = Sql.prepare(connection, text)) {
                        return filled.run(statement);
                    }
                });
    }

    @Override
    public void audit(List<AuditEntry> entries) {
        var all = List.copyOf(entries);
        if (all.isEmpty()) {
            return;
        }
        AccessStore.within("entries", all.size(), MOST_AT_ONCE);
        with(
                "keep an audit",
                keep,
                statement -> {
                    statement.setObject(
                            1, all.stream().mapToLong(each -> Sql.micros(each.at())).toArray());
                    statement.setObject(2, texts(all, AuditEntry::who));
                    statement.setObject(3, texts(all, AuditEntry::role));
                    statement.setObject(4, texts(all, AuditEntry::action));
                    statement.setObject(5, texts(all, AuditEntry::target));
                    statement.setObject(6, texts(all, AuditEntry::before));
                    statement.setObject(7, texts(all, AuditEntry::after));
                    statement.setObject(8, texts(all, AuditEntry::address));
                    return statement.executeUpdate();
                });
    }

    private static String[] texts(
            List<AuditEntry> entries, Function<AuditEntry, @Nullable String> text) {
        return entries.stream().map(text).toArray(String[]::new);
    }

    @Override
    public List<AuditEntry> audited(long before, int limit) {
        AccessStore.within("limit", limit, MOST_AT_ONCE);
        return with(
                "list audits",
                list,
                statement -> {
                    statement.setLong(1, before);
                    statement.setInt(2, limit);
                    var found = new ArrayList<AuditEntry>();
                    try (var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            found.add(entry(rows));
                        }
                    }
                    return found;
                });
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getLong("id"),
                Sql.instant(row.getLong("at")),
                row.getString("who"),
                row.getString("role"),
                row.getString("action"),
                row.getString("target"),
                row.getString("before"),
                row.getString("after"),
                row.getString("address"));
    }

    @Override
    public int forgetAudit(Instant before, long kept, int max) {
        AccessStore.within("max", max, MOST_REMOVED);
        return with(
                "forget old audits",
                forget,
                statement -> {
                    statement.setInt(1, max);
                    statement.setLong(2, Sql.micros(before));
                    statement.setLong(3, kept);
                    return statement.executeUpdate();
                });
    }

    @Override
    public void signIn(SignIn session) {
        with(
                "sign in",
                signIn,
                statement -> {
                    statement.setString(1, session.tokenHash());
                    statement.setString(2, session.user());
                    statement.setString(3, session.stamp());
                    statement.setLong(4, Sql.micros(session.createdAt()));
                    statement.setLong(5, Sql.micros(session.expiresAt()));
                    return statement.executeUpdate();
                });
    }

    @Override
    public Optional<SignIn> signedIn(String tokenHash, Instant now) {
        return with(
                "find a session",
                find,
                statement -> {
                    statement.setString(1, tokenHash);
                    statement.setLong(2, Sql.micros(now));
                    try (var row = statement.executeQuery()) {
                        return row.next() ? Optional.of(session(row)) : Optional.empty();
                    }
                });
    }

    private static SignIn session(ResultSet row) throws SQLException {
        return new SignIn(
                row.getString("token_hash"),
                row.getString("user_name"),
                row.getString("stamp"),
                Sql.instant(row.getLong("created_at")),
                Sql.instant(row.getLong("expires_at")));
    }

    @Override
    public boolean signOut(String tokenHash) {
        return delete(signOut, tokenHash) > 0;
    }

    @Override
    public int signOutAll(String user) {
        return delete(signOutAll, user);
    }

    private int delete(String text, String value) {
        return with(
                "sign out",
                text,
                statement -> {
                    statement.setString(1, value);
                    return statement.executeUpdate();
                });
    }

    @Override
    public int expireSignIns(Instant now, int max) {
        AccessStore.within("max", max, MOST_REMOVED);
        return with(
                "remove old sessions",
                expire,
                statement -> {
                    statement.setLong(1, Sql.micros(now));
                    statement.setInt(2, max);
                    return statement.executeUpdate();
                });
    }
}
