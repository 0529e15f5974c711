package dev.millrace.examples.reminders;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The application's own table, in a SQLite file of its own. One connection on one platform thread,
 * since SQLite's native calls would hold the carrier of a virtual thread. Thread-safe.
 */
final class Offers implements AutoCloseable {
    private static final List<String> SCHEMA =
            List.of(
                    """
                    create table if not exists offer(
                      id integer primary key autoincrement, recipient text not null,
                      title text not null, state text not null, told text not null default '')
                      strict
                    """,
                    "create index if not exists untold on offer(id) where state <> told",
                    """
                    create table if not exists sent(
                      offer integer not null, what text not null, message_id text not null,
                      primary key(offer, what)) strict, without rowid
                    """);

    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("offers").factory());
    private final Connection connection;

    private Offers(Connection connection) {
        this.connection = connection;
    }

    /** Opens the table, making it when there is none. */
    static Offers at(Path file) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("pragma journal_mode = wal");
            statement.execute("pragma busy_timeout = 5000");
            // a power cut may forget the last notes: then mails repeat, under their old ids
            statement.execute("pragma synchronous = normal");
            for (String each : SCHEMA) {
                statement.execute(each);
            }
        }
        return new Offers(connection);
    }

    /** Makes an offer. */
    Offer make(String to, String title) throws InterruptedException {
        var draft = new Offer(0, to, title, Offer.State.OPEN);
        long id = insert(draft);
        return new Offer(id, to, title, Offer.State.OPEN);
    }

    private long insert(Offer offer) throws InterruptedException {
        return ask(() -> {
            try (var insert =
                    connection.prepareStatement(
                            "insert into offer(recipient, title, state)"
                                    + " values (?, ?, 'OPEN') returning id")) {
                insert.setString(1, offer.to());
                insert.setString(2, offer.title());
                try (ResultSet row = insert.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });
    }

    /** Moves an open offer on; false when it was not open any more. */
    boolean close(long id, Offer.State state) throws InterruptedException {
        return ask(() -> {
            try (var update =
                    connection.prepareStatement(
                            "update offer set state = ? where id = ? and state = 'OPEN'")) {
                update.setString(1, state.name());
                update.setLong(2, id);
                return update.executeUpdate() == 1;
            }
        });
    }

    /** The offer as it stands now. */
    Optional<Offer> find(long id) throws InterruptedException {
        return ask(() -> {
            try (var query =
                    connection.prepareStatement(
                            "select id, recipient, title, state from offer where id = ?")) {
                query.setLong(1, id);
                return offers(query).stream().findFirst();
            }
        });
    }

    /** Offers whose present state has not led to jobs yet, at most so many, the oldest first. */
    List<Offer> untold(int max) throws InterruptedException {
        return ask(() -> {
            try (var query =
                    connection.prepareStatement(
                            "select id, recipient, title, state from offer"
                                    + " where state <> told order by id limit ?")) {
                query.setInt(1, max);
                return offers(query);
            }
        });
    }

    /** Notes that an offer's state has led to its jobs. */
    void told(long id, Offer.State state) throws InterruptedException {
        ask(() -> {
            try (var update =
                    connection.prepareStatement("update offer set told = ? where id = ?")) {
                update.setString(1, state.name());
                update.setLong(2, id);
                return update.executeUpdate();
            }
        });
    }

    /** Whether this mail about an offer went out before. */
    boolean wasSent(long id, String what) throws InterruptedException {
        return ask(() -> {
            try (var query =
                    connection.prepareStatement(
                            "select 1 from sent where offer = ? and what = ?")) {
                query.setLong(1, id);
                query.setString(2, what);
                try (ResultSet row = query.executeQuery()) {
                    return row.next();
                }
            }
        });
    }

    /** Notes that it went out. */
    void sent(long id, String what, String messageId) throws InterruptedException {
        ask(() -> {
            try (var insert =
                    connection.prepareStatement(
                            "insert or ignore into sent(offer, what, message_id)"
                                    + " values (?, ?, ?)")) {
                insert.setLong(1, id);
                insert.setString(2, what);
                insert.setString(3, messageId);
                return insert.executeUpdate();
            }
        });
    }

    /** Ends when what was asked has been answered. */
    @Override
    public void close() throws SQLException {
        thread.close();
        connection.close();
    }

    private static List<Offer> offers(PreparedStatement query) throws SQLException {
        var offers = new ArrayList<Offer>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                offers.add(
                        new Offer(
                                row.getLong(1),
                                row.getString(2),
                                row.getString(3),
                                Offer.State.valueOf(row.getString(4))));
            }
        }
        return offers;
    }

    private <T> T ask(Callable<T> question) throws InterruptedException {
        Future<T> answer = thread.submit(question);
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the table of offers failed", e.getCause());
        }
    }
}
