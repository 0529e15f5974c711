package dev.millrace.sqlite;

import java.sql.SQLException;

/**
 * Tells work that other connections made available from our own, by the position counter. Not
 * thread-safe.
 */
final class ForeignWork {
    private static final String VERSION = "PRAGMA data_version";
    private static final String POSITION = "SELECT value FROM counter WHERE name = 'position'";

    /** What a look found. */
    enum Sight {
        /** Nothing was learnt: ask again. */
        NONE,
        /** No work from elsewhere since the last look. */
        QUIET,
        /** Work from elsewhere. */
        WORK
    }

    private long lastVersion = -1;
    private long lastPosition = -1;

    /** Looks through the connection that writes, outside transactions; first only takes note. */
    Sight look(Session session) throws SQLException {
        long version;
        long position;
        try {
            version = session.number(0, VERSION);
            if (version == lastVersion) {
                return Sight.QUIET;
            }
            position = session.number(0, POSITION);
        } catch (SQLException e) {
            session.prepareAnew();
            throw e;
        }
        boolean moved = lastPosition >= 0 && position != lastPosition;
        lastVersion = version;
        lastPosition = position;
        return moved ? Sight.WORK : Sight.QUIET;
    }

    /** Counts on from the last position seen, unless another came in between. */
    void noteOwn(Transaction transaction) {
        if (lastPosition == transaction.positionBefore()) {
            lastPosition = transaction.positionAfter();
        }
    }

    /** The engine numbers versions by connection: those of a former one mean nothing. */
    void reopened() {
        lastVersion = -1;
    }
}
