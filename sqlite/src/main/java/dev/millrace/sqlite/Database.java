package dev.millrace.sqlite;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;

import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * One database file and how connections to it are made. Nothing in this process may open that file
 * by other means: closing it would drop the engine's own locks.
 *
 * @param file absolute
 */
record Database(Path file) {
    private static final int WAIT_MILLIS = 30_000;
    private static final int WRITER_CACHE_KIB = 32 << 10;
    private static final int READER_CACHE_KIB = 4 << 10;
    private static final int CHECKPOINT_PAGES = 4000;
    private static final long LOG_KEPT_BYTES = 64L << 20;

    static Database at(Path path) {
        return new Database(path.toAbsolutePath().normalize());
    }

    /** The engine's log beside the file; it may be looked at, never opened. */
    Path log() {
        return file.resolveSibling(file.getFileName() + "-wal");
    }

    /** Where workers keep their lock files. */
    Path workersDirectory() {
        return file.resolveSibling(file.getFileName() + "-workers");
    }

    /** Whether the file is there. */
    boolean exists() {
        return Files.exists(file);
    }

    /** Makes the directory in which the file stands. */
    void makeDirectory() {
        var directory = file.getParent();
        try {
            if (directory != null) {
                Files.createDirectories(directory);
            }
        } catch (IOException e) {
            throw new MillraceException(
                    Code.STORE_REFUSED,
                    "%s needs the directory %s, which cannot be made (%s): name another place"
                            .formatted(file, directory, e.getMessage()),
                    e);
        }
    }

    /** A connection that may create the file and change its schema; waits for others. */
    Connection connectToMigrate() throws SQLException {
        return config(WRITER_CACHE_KIB, WAIT_MILLIS, false).createConnection(url());
    }

    /** The connection that writes; it never waits, since the writer does. */
    Session connectToWrite() throws SQLException {
        var connection = config(WRITER_CACHE_KIB, WAIT_MILLIS, true).createConnection(url());
        var session = new Session(connection);
        try {
            session.set(Session.FLUSHED);
            session.set("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
            session.set("PRAGMA journal_size_limit = " + LOG_KEPT_BYTES);
            session.text("SELECT count(*) FROM sqlite_schema");
            session.set("PRAGMA busy_timeout = 0");
            return session;
        } catch (SQLException | RuntimeException e) {
            closeAfter(session, e);
            throw e;
        }
    }

    /** A connection that only reads; waits for others. */
    Session connectToRead() throws SQLException {
        var connection = config(READER_CACHE_KIB, WAIT_MILLIS, true).createConnection(url());
        var session = new Session(connection);
        try {
            session.set("PRAGMA query_only = ON");
            return session;
        } catch (SQLException | RuntimeException e) {
            closeAfter(session, e);
            throw e;
        }
    }

    private static void closeAfter(Session session, Exception cause) {
        try {
            session.close();
        } catch (SQLException again) {
            cause.addSuppressed(again);
        }
    }

    /**
     * The file as a URI: as a plain path the driver would take what follows a question mark for
     * settings, and some names for a database in memory.
     */
    private String url() {
        return "jdbc:sqlite:" + file.toUri().toASCIIString();
    }

    private static SQLiteConfig config(int cacheKib, int waitMillis, boolean mustExist) {
        var config = new SQLiteConfig();
        config.setBusyTimeout(waitMillis);
        config.setCacheSize(-cacheKib);
        config.setGetGeneratedKeys(false); // else each INSERT asks, by a statement of its own
        config.setOpenMode(SQLiteOpenMode.NOMUTEX); // one thread at a time uses a connection
        if (mustExist) {
            config.resetOpenMode(SQLiteOpenMode.CREATE);
        }
        return config;
    }
}
