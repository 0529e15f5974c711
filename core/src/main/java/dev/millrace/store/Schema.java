package dev.millrace.store;

import java.util.List;

/**
 * The numbered migrations of one engine, seen from one database. Safe when several processes apply
 * at once: one does the work, the others wait for it.
 */
public interface Schema {
    /** The migrations the database has; 0 for none. */
    int installed();

    /** The migrations this program knows. */
    int known();

    /** The SQL that {@link #apply} would run now, in order; empty when nothing is missing. */
    List<String> pending();

    /**
     * Brings the database to {@link #known}; does nothing when it is there.
     *
     * @throws dev.millrace.job.MillraceException with {@code schema-mismatch} when the database is
     *     newer than this program
     */
    void apply();
}
