package dev.millrace.postgres;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;

import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

/** How the connections are opened that a store keeps. */
interface Connector {
    /** Opens one; the caller closes it. */
    Connection open() throws SQLException;

    /**
     * Past a pool: from what the pool itself opens its connections from, with the credentials that
     * it has at that moment, so that who opens one never waits in line for others to give theirs
     * back. A pool that does not say where its connections come from, or a server that refuses one
     * more, leaves only the line.
     */
    static Connector past(DataSource pool) {
        return new PastPool(pool);
    }

    /** See {@link #past}. */
    final class PastPool implements Connector {
        private static final Logger LOG = LoggerFactory.getLogger(Connector.class);

        private final DataSource pool;
        private volatile boolean told;

        private PastPool(DataSource pool) {
            this.pool = pool;
        }

        @Override
        public Connection open() throws SQLException {
            Connection own;
            try {
                own = direct();
            } catch (SQLException e) {
                if (!isRefused(e)) {
                    throw e;
                }
                tell(e.toString());
                return pool.getConnection();
            }
            if (own == null) {
                tell("the pool is a " + pool.getClass().getName());
                return pool.getConnection();
            }
            return own;
        }

        /** {@code null} when it is not known where the pool's connections come from. */
        private @Nullable Connection direct() throws SQLException {
            if (pool.isWrapperFor(HikariDataSource.class)) {
                return direct(pool.unwrap(HikariDataSource.class));
            }
            return pool.isWrapperFor(PGSimpleDataSource.class)
                    ? pool.unwrap(PGSimpleDataSource.class).getConnection()
                    : null;
        }

        private static @Nullable Connection direct(HikariDataSource hikari) throws SQLException {
            DataSource behind;
            if (hikari.isWrapperFor(PGSimpleDataSource.class)) {
                behind = hikari.unwrap(PGSimpleDataSource.class);
            } else if (hikari.isWrapperFor(DriverDataSource.class)) {
                behind = hikari.unwrap(DriverDataSource.class);
            } else {
                return null;
            }
            String user = hikari.getUsername();
            Connection opened =
                    user == null
                            ? behind.getConnection()
                            : behind.getConnection(user, hikari.getPassword());
            String first = hikari.getConnectionInitSql();
            if (first != null) {
                try (var statement = opened.createStatement()) {
                    statement.execute(first);
                } catch (SQLException e) {
                    opened.close();
                    throw e;
                }
            }
            return opened;
        }

        /** No place for one more connection, or credentials that only the pool knows. */
        private static boolean isRefused(SQLException e) {
            String state = e.getSQLState();
            return state != null && (state.equals("53300") || state.startsWith("28"));
        }

        private void tell(String cause) {
            if (!told) {
                told = true;
                LOG.atWarn()
                        .addKeyValue("cause", cause)
                        .log(
                                "the connections that the store keeps come from the pool: handlers"
                                    + " that hold all of it while these are lost can make this"
                                    + " worker look dead; give the store a source of their own");
            }
        }
    }
}
