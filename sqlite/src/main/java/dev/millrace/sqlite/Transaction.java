package dev.millrace.sqlite;

import java.sql.SQLException;

/**
 * A write transaction under way, shared by the operations that were waiting together. Counters are
 * read when first needed and written once, before the commit.
 */
final class Transaction {
    private static final String READ = "SELECT value FROM counter WHERE name = ?";
    private static final String WRITE = "UPDATE counter SET value = ? WHERE name = ?";

    /** What is numbered. */
    enum Counter {
        JOB(0, "job"),
        POSITION(1, "position"),
        HISTORY(2, "history"),
        WORKER(3, "worker");

        private final int slot;
        private final String key;

        Counter(int slot, String key) {
            this.slot = slot;
            this.key = key;
        }
    }

    private final Session session;
    private final long[] next = new long[Counter.values().length];
    private final long[] read = new long[Counter.values().length];

    Transaction(Session session) {
        this.session = session;
    }

    Session session() {
        return session;
    }

    /** Takes so many numbers that nothing else ever gets; answers the first. */
    long take(Counter counter, int count) throws SQLException {
        int i = counter.slot;
        if (next[i] == 0) {
            var statement = session.prepare(READ);
            statement.setString(1, counter.key);
            try (var rows = statement.executeQuery()) {
                if (!rows.next()) {
                    throw new IllegalStateException("counter %s is gone".formatted(counter.key));
                }
                next[i] = rows.getLong(1) + 1;
                read[i] = next[i];
            }
        }
        long first = next[i];
        next[i] += count;
        return first;
    }

    /** Writes what was counted. */
    void finish() throws SQLException {
        for (var counter : Counter.values()) {
            int i = counter.slot;
            if (next[i] > read[i]) {
                var statement = session.prepare(WRITE);
                statement.setLong(1, next[i] - 1);
                statement.setString(2, counter.key);
                statement.executeUpdate();
            }
        }
    }

    /** Whether a position was taken, so that work became available. */
    boolean madeAvailable() {
        int i = Counter.POSITION.slot;
        return next[i] > read[i];
    }

    /** The last position before this transaction; -1 when it was not looked at. */
    long positionBefore() {
        return read[Counter.POSITION.slot] - 1;
    }

    /** The last position after this transaction; -1 when it was not looked at. */
    long positionAfter() {
        return next[Counter.POSITION.slot] - 1;
    }
}
